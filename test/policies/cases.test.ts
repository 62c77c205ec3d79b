import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { CONDITIONS } from '../../policies/engine/conditions.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import type { Decision } from '../../policies/engine/types.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import {
  type CaseFile,
  caseFiles,
  caseSchema,
  type Expectation,
  factsOf,
  grantsOf,
  type PolicyCase,
  policySetText,
  queryOf,
} from './case-files.ts'

const texts = readPolicyTexts()
const points = new Map([['', createDecisionPoint(texts)]])
function pointOf(policySet = '') {
  if (!points.has(policySet)) {
    const policyText = `${texts.policyText}\n${policySetText(policySet)}`
    points.set(policySet, createDecisionPoint({ ...texts, policyText }))
  }
  return points.get(policySet)!
}

describe.each(caseFiles)('$name', ({ content }) => {
  it('is written as the schema says', () => {
    const validate = new Ajv2020({ allErrors: true, strictRequired: false, allowUnionTypes: true }).compile(caseSchema)
    validate(content)
    expect(validate.errors ?? []).toEqual([])
  })

  it.each(content.cases)('$title', (one) => {
    const decision = decide(content, one)
    expect(asExpectation(decision, one.expect)).toEqual(one.expect)
    if (decision.effect === 'forbid') for (const reason of decision.reasons) expectExplained(reason)
  })
})

describe('the cases together', () => {
  const all = caseFiles.flatMap(({ content }) => content.cases)

  it('are at least sixty, no two with one title in a file', () => {
    expect(all.length).toBeGreaterThanOrEqual(60)
    for (const { name, content } of caseFiles) {
      expect(new Set(content.cases.map(({ title }) => title)).size, name).toBe(content.cases.length)
    }
  })

  it('show every condition and every forbid at work', () => {
    const shown = new Set(
      all.flatMap(({ expect: e }) => (e.effect === 'forbid' ? [...Object.values(e.failed).flat(), ...e.policies] : [])),
    )
    const forbids = [...texts.policyText.matchAll(/@id\("([^"]+)"\)/g)]
      .map(([, id]) => id!)
      .filter((id) => id !== 'within-grant')
    // A grant that names none of the requested fields is not explained, so `fields` never comes first in an answer.
    const rules = CONDITIONS.map(({ rule }) => rule).filter((rule) => rule !== 'fields')
    expect([...rules, ...forbids].filter((rule) => !shown.has(rule))).toEqual([])
  })
})

function decide(file: CaseFile, one: PolicyCase): Decision {
  const query = queryOf(file, one)
  return pointOf(one.policySet).decide(query, grantsOf(file, one), factsOf(one, query.fields), 1n)
}

/** A decision in the words of a case; parts a case may leave out appear only where it names them. */
function asExpectation(decision: Decision, expected: Expectation): unknown {
  const until = expected.until === undefined ? {} : { until: sameInstant(expected.until, decision.validUntilMs) }
  if (decision.effect === 'permit') {
    return { effect: 'permit', fields: decision.fieldGrants, policies: decision.policies, ...until }
  }
  const { code, reasons, policies, alarm } = decision
  const failed: Record<string, string | string[]> = {}
  for (const { grant, rule } of reasons) {
    if (grant !== undefined) failed[grant] = grant in failed ? [failed[grant]!, rule].flat() : rule
  }
  const forbidden = [
    ...new Set(reasons.filter(({ policy }) => policy !== undefined).flatMap(({ fields }) => fields ?? [])),
  ]
  return {
    effect: 'forbid',
    code,
    uncovered: reasons.find(({ rule }) => rule === 'not-granted')?.fields ?? [],
    failed,
    policies,
    ...(forbidden.length > 0 ? { forbiddenFields: forbidden } : {}),
    alarm,
    ...until,
  }
}

/** The expected text when it means the same moment, so that a case may be written in China time. */
function sameInstant(expected: string, ms: number): string {
  return Date.parse(expected) === ms ? expected : new Date(ms).toISOString()
}

function expectExplained({ zh, en, next }: Extract<Decision, { effect: 'forbid' }>['reasons'][number]) {
  expect(zh).toMatch(/\p{Script=Han}/u)
  expect(en).toMatch(/[a-z]{3}/)
  expect(next?.zh).toMatch(/\p{Script=Han}/u)
  expect(next?.en).toMatch(/[a-z]{3}/)
}
