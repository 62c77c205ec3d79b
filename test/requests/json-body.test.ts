import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repeatedMembers } from '../../gateway/catalog/repeated-members.ts'
import { asExchangeError } from '../../gateway/errors/exchange-error.ts'
import { assertPlainJson, parseJsonObject, parseUnverified } from '../../gateway/requests/json-body.ts'

const ruleOf = (text: string): string | undefined => {
  const bytes = Buffer.from(text)
  try {
    assertPlainJson(bytes, parseUnverified(bytes))
    return undefined
  } catch (thrown) {
    return asExchangeError(thrown).options.reasons?.[0]?.rule ?? 'unreadable'
  }
}

describe('a body whose sender is known', () => {
  it.each([
    ['{}', undefined],
    ['{"a":1,"b":{"a":1}}', undefined],
    ['{"a":":","b":"\\":{}"}', undefined],
    ['{"a":"\\\\","b":1}', undefined],
    ['{"a":1,"a":1}', 'repeated'],
    ['{"a":1,"\\u0061":2}', 'repeated'],
    ['{"x":[{"a":1,"a":2}]}', 'repeated'],
    ['{"a":{"b":1},"a":{}}', 'repeated'],
    ['{"__proto__":1,"__proto__":2}', 'repeated'],
    ['{"__proto__":1}', undefined],
    [`{"a":${'['.repeat(15)}${']'.repeat(15)}}`, undefined],
    [`{"a":${'['.repeat(16)}${']'.repeat(16)}}`, 'depth'],
    ['{"a":"\\ud83d\\ude00"}', undefined],
    ['{"a":"\\ud83d"}', 'surrogate'],
    ['{"\\ude00":1}', 'surrogate'],
    ['{"a":"\\\\ud83d"}', undefined],
    ['[]', 'unreadable'],
  ])('%s → %s', (text, rule) => {
    expect(ruleOf(text)).toBe(rule)
  })

  it('is refused for a repeated member exactly when a parser that counts names finds one', () => {
    const name = fc.constantFrom('a', 'b', '"', '\\', ':', '测试', 'a:b')
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string().map((text) => JSON.stringify(text)),
        fc.constantFrom('1', 'null', '-0.5e3', '"{\\"a\\":1,\\"a\\":2}"'),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(' , ')}]`),
        fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map(objectText),
      ),
    }))
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (members) => {
        const text = objectText(members)
        const rule = ruleOf(text)
        fc.pre(rule !== 'depth')
        expect(rule).toBe(repeatedMembers(text).length > 0 ? 'repeated' : undefined)
      }),
      { numRuns: 1_000 },
    )
  })

  it('names the fault and quotes nothing', () => {
    const text = '{"id":"371099201907120017" "name"'
    const failure = (() => {
      try {
        return parseJsonObject(Buffer.from(text))
      } catch (thrown) {
        return asExchangeError(thrown)
      }
    })()
    expect(failure).toMatchObject({ code: 'request.malformed' })
    expect((failure as Error).cause).toBeUndefined()
    expect(JSON.stringify([failure, String(failure)])).not.toContain('3710')
  })
})

const objectText = (members: [string, string][]): string =>
  `{${members.map(([name, value]) => `${JSON.stringify(name)} : ${value}`).join(',')}}`
