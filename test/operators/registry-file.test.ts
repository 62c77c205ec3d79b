import { describe, expect, it } from 'vitest'
import { generateJwk, importSigningJwk, type Jwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { OperatorRegistryError, parseOperatorRegistry } from '../../gateway/operators/registry-file.ts'

const publicHalf = (jwk: Jwk) => toPublicJwk(importSigningJwk({ ...jwk }))
const keys = ['a', 'b'].map((kid) => generateJwk('ES256', kid)) as [Jwk, Jwk]
const entry = (changes: object = {}) => ({
  id: 'op-a',
  name: '测试甲',
  role: 'audit-administrator',
  member: 'rc-dsj',
  status: 'active',
  jwks: { keys: [publicHalf(keys[0])] },
  ...changes,
})
const other = (changes: object = {}) =>
  entry({ id: 'op-b', name: '测试乙', jwks: { keys: [publicHalf(keys[1])] }, ...changes })

const faultsOf = (operators: object[]): readonly string[] => {
  try {
    parseOperatorRegistry(JSON.stringify({ operators }))
    return []
  } catch (thrown) {
    return (thrown as OperatorRegistryError).faults
  }
}

describe('the registry of operators', () => {
  it('gives every operator with keys by number', () => {
    const registry = parseOperatorRegistry(JSON.stringify({ operators: [entry(), other()] }))
    expect(registry.get('op-a')).toMatchObject({
      operator: { id: 'op-a', role: 'audit-administrator' },
      status: 'active',
    })
    expect(registry.get('op-a')?.keys.get('a')?.alg).toBe('ES256')
    expect(registry.get('op-c')).toBeUndefined()
  })

  it.each<{ name: string; operators: object[]; says: RegExp }>([
    { name: 'one id twice', operators: [entry(), other({ id: 'op-a' })], says: /used twice/ },
    {
      name: 'one key at two operators',
      operators: [entry(), other({ jwks: { keys: [publicHalf(keys[0])] } })],
      says: /shares a key/,
    },
    {
      name: 'one key at two operators under another number',
      operators: [entry(), other({ jwks: { keys: [{ ...publicHalf(keys[0]), kid: 'renamed' }] } })],
      says: /shares a key/,
    },
    {
      name: 'one person with two roles (R70)',
      operators: [entry(), other({ name: '测试甲', role: 'system-administrator' })],
      says: /same person/,
    },
    { name: 'the private half of a key', operators: [entry({ jwks: { keys: [keys[0]] } })], says: /private half/ },
    { name: 'a role that does not exist', operators: [entry({ role: 'administrator' })], says: /role/ },
    { name: 'an unknown member', operators: [entry({ password: 'x' })], says: /additional/ },
    { name: 'an operator without a key', operators: [entry({ jwks: { keys: [] } })], says: /keys/ },
    {
      name: 'an identifier as a name',
      operators: [entry({ name: '11010519491231002X' })],
      says: /holds an identifier/,
    },
  ])('refuses $name', ({ operators, says }) => {
    expect(faultsOf(operators).join('\n')).toMatch(says)
  })

  it('lets a person change roles when the old account is suspended', () => {
    expect(faultsOf([entry({ status: 'suspended' }), other({ name: '测试甲', role: 'system-administrator' })])).toEqual(
      [],
    )
  })

  it('refuses what is not JSON without quoting it', () => {
    expect(() => parseOperatorRegistry('{"d":"secret"')).toThrow(OperatorRegistryError)
    expect(() => parseOperatorRegistry('{"d":"secret"')).not.toThrow(/secret/)
  })
})
