import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { rememberDecisions } from '../gateway/decision-memory.ts'
import type { DecisionPoint } from '../gateway/ports/decision-point.ts'
import { createDecisionPoint } from '../policies/engine/decide.ts'
import type { Decision, DecisionQuery, FieldFacts } from '../policies/engine/types.ts'
import { readPolicyTexts } from '../policies/load.ts'
import { factsOf, grant, NOW, query } from './policies/builders.ts'

const real = createDecisionPoint(readPolicyTexts())

function counted(max = 100, point: DecisionPoint = real) {
  const decide = vi.fn(point.decide)
  return { decide, remembered: rememberDecisions({ policyVersion: point.policyVersion, decide }, { max }) }
}

const grants = [grant({ conditions: { hours: { from: 8, to: 18 } } })]
const ask = (point: DecisionPoint, over: Partial<DecisionQuery> = {}, version = 7n, facts?: FieldFacts[]) =>
  point.decide(query(over), grants, facts ?? factsOf(query(over).fields), version)

describe('rememberDecisions', () => {
  it('takes a decision once for the same inputs', () => {
    const { decide, remembered } = counted()
    expect(ask(remembered)).toEqual(ask(real))
    expect(ask(remembered, { nowMs: NOW + 60_000 })).toEqual(ask(real))
    expect(decide).toHaveBeenCalledTimes(1)
  })

  it('remembers refusals too', () => {
    const { decide, remembered } = counted()
    for (let n = 0; n < 3; n++) expect(ask(remembered, { purpose: '其他' })).toMatchObject({ effect: 'forbid' })
    expect(decide).toHaveBeenCalledTimes(1)
  })

  it('decides again from the very moment the answer could change', () => {
    const { decide, remembered } = counted()
    const closing = Date.parse('2026-09-01T10:00:00Z') // 18:00 in China
    expect(ask(remembered, { nowMs: closing - 1 })).toMatchObject({ effect: 'permit', validUntilMs: closing })
    expect(ask(remembered, { nowMs: closing })).toMatchObject({ effect: 'forbid' })
    expect(decide).toHaveBeenCalledTimes(2)
  })

  it('decides again when the clock has stepped back', () => {
    const { decide, remembered } = counted()
    ask(remembered)
    ask(remembered, { nowMs: NOW - 1 })
    expect(decide).toHaveBeenCalledTimes(2)
  })

  it.each<[string, Partial<DecisionQuery>, bigint?, FieldFacts[]?]>([
    ['authorisation version', {}, 8n],
    ['system', { system: 's' }],
    ['member', { member: 'm' }],
    ['scenario', { scenario: 'P7.1' }],
    ['item', { item: null }],
    ['mode', { mode: 'verify' }],
    ['purpose', { purpose: 'p' }],
    ['fields', { fields: ['household-registration.householder'] }],
    ['case', { hasCase: false }],
    ['application', { hasApplication: true }],
    ['operator', { hasOperator: false }],
    ['signature', { signed: false }],
    ['party', { subjectIsParty: false }],
    ['subject type', { subjectType: 'organisation' }],
    ['division', { division: null }],
    ['address', { address: null }],
    ['facts', {}, 7n, factsOf(query().fields, { shareClass: 'not-shared' })],
  ])('does not mistake another %s for the same question', (_, over, version, facts) => {
    const { decide, remembered } = counted()
    ask(remembered)
    expect(ask(remembered, over, version, facts)).toEqual(ask(real, over, version, facts))
    expect(decide).toHaveBeenCalledTimes(2)
  })

  it('keeps apart inputs whose parts run into each other', () => {
    const { decide, remembered } = counted()
    ask(remembered, { system: 'a\u00001:b', member: 'c' })
    ask(remembered, { system: 'a', member: 'b\u00001:c' })
    expect(decide).toHaveBeenCalledTimes(2)
  })

  it('never remembers a fault', () => {
    const fault: Decision = {
      effect: 'forbid',
      code: 'access.denied',
      policies: [],
      reasons: [],
      policyVersion: 'v',
      alarm: true,
      validUntilMs: NOW + 1e9,
    }
    const { decide, remembered } = counted(10, { policyVersion: 'v', decide: () => fault })
    ask(remembered)
    ask(remembered)
    expect(decide).toHaveBeenCalledTimes(2)
  })

  it('hands out answers that one exchange cannot change for the next', () => {
    const { remembered } = counted()
    const decision = ask(remembered)
    expect(() => {
      if (decision.effect === 'permit') decision.grants.push('g9')
    }).toThrow(TypeError)
  })

  it('is bounded: the least recently used answer is forgotten', () => {
    const { decide, remembered } = counted(2)
    for (const system of ['a', 'b', 'c', 'a']) ask(remembered, { system })
    expect(decide).toHaveBeenCalledTimes(4)
  })

  it('answers as the point itself would, whatever is asked in whatever order', () => {
    const { remembered } = counted(5)
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            nowMs: fc.integer({ min: NOW - 50_000_000, max: NOW + 50_000_000 }),
            hasCase: fc.boolean(),
            purpose: fc.constantFrom('义务教育入学资格核验', '其他'),
          }),
          { minLength: 2, maxLength: 8 },
        ),
        (asked) => {
          for (const over of asked) {
            expect({ ...ask(remembered, over), validUntilMs: 0 }).toEqual({ ...ask(real, over), validUntilMs: 0 })
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
