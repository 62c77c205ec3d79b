import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cedarCall, requestContext } from '../../policies/engine/cedar-call.ts'
import { CONDITIONS, failedConditions, firstFailed } from '../../policies/engine/conditions.ts'
import { loadPolicySet } from '../../policies/engine/policy-set.ts'
import type { DecisionQuery, FieldFacts, Grant } from '../../policies/engine/types.ts'
import { viewCandidate, viewRequest } from '../../policies/engine/views.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { fact, grant, NOW, query } from './builders.ts'

const policies = loadPolicySet(readPolicyTexts())
const FIELDS = ['a.x', 'a.y', 'b.x', 'guardian:b.x']

const grants: fc.Arbitrary<Grant> = fc
  .record({
    status: mostly('active' as const, fc.constantFrom('draft', 'suspended', 'revoked', 'expired')),
    scenario: mostly('P2.1', fc.constant('P7.1')),
    consumer: mostly(
      { kind: 'member', id: 'rc-jyj' } as const,
      fc.record({
        kind: fc.constantFrom('member', 'system'),
        id: fc.constantFrom('rc-enrolment', 'rc-jyj', 'rc-other'),
      }),
    ),
    fields: fc.uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1 }),
    modes: mostly(['query', 'verify'], fc.subarray(['query', 'verify', 'prefill', 'batch', 'dossier'])) as fc.Arbitrary<
      Grant['modes']
    >,
    items: fc.constantFrom<Grant['items']>('all', ['i1'], ['i1', 'i2'], []),
    purposes: mostly(['p1'], fc.subarray(['p1', 'p2'])),
    term: mostly(
      { from: '2026-01-01T00:00:00Z', until: '2027-01-01T00:00:00Z' },
      fc.record({ from: moment(), until: moment() }),
    ),
    legalBasis: mostly('义务教育法', fc.constantFrom('', '  ')),
    specificPurpose: mostly('特定目的', fc.constant('')),
    approvals: mostly(
      approvals(['consumer-head', 'a'], ['provider-head', 'b'], ['second-approver', 'c']),
      fc
        .uniqueArray(
          fc.tuple(fc.constantFrom('consumer-head', 'provider-head', 'second-approver'), fc.constantFrom('a', 'b')),
        )
        .map((list) => approvals(...list)),
    ),
    conditions: fc.record({
      case: mostly('not-required', fc.constantFrom('required', 'application-allowed')),
      operator: fc.boolean(),
      signed: fc.boolean(),
      subjectIsParty: fc.boolean(),
      divisions: mostly<string[]>([], fc.subarray(['371082', '371000', '370400', '371082001'])),
      networks: mostly<string[]>([], fc.subarray(['10.10.0.0/16', '10.10.1.20', '192.168.0.0/24', 'fd00::/8'])),
      hours: mostly(null, fc.record({ from: fc.integer({ min: 0, max: 24 }), to: fc.integer({ min: 0, max: 24 }) })),
    }),
  })
  .map((over) => grant(over as Parameters<typeof grant>[0]))

const queries: fc.Arbitrary<DecisionQuery> = fc
  .record({
    system: fc.constantFrom('rc-enrolment', 'rc-other'),
    member: mostly('rc-jyj', fc.constant('rc-other')),
    item: mostly<string | null>('i1', fc.constantFrom('i2', null)),
    mode: mostly('query' as const, fc.constantFrom('verify', 'prefill', 'batch', 'dossier')),
    purpose: mostly('p1', fc.constantFrom('p2', '')),
    fields: fc.uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1 }),
    hasCase: fc.boolean(),
    hasApplication: fc.boolean(),
    hasOperator: mostly(true, fc.constant(false)),
    signed: mostly(true, fc.constant(false)),
    subjectIsParty: mostly(true, fc.constant(false)),
    division: fc.constantFrom('371082', '371000', '371082001', '370000', null, 'not-a-code'),
    address: fc.constantFrom(
      '10.10.1.20',
      '::ffff:10.10.1.20',
      '192.168.0.9',
      'fd00::1',
      'fe80::1%eth0',
      '8.8.8.8',
      null,
    ),
    nowMs: mostly(NOW, fc.integer({ min: NOW - 400 * 86_400_000, max: NOW + 400 * 86_400_000 })),
  })
  .map((over) => query(over as Partial<DecisionQuery>))

const facts: fc.Arbitrary<FieldFacts[]> = fc.tuple(
  ...FIELDS.map((field) =>
    fc
      .record({
        shareClass: mostly('conditional' as const, fc.constantFrom('unconditional', 'not-shared')),
        sensitive: mostly(false, fc.constant(true)),
        personal: fc.boolean(),
        signedRequestRequired: mostly(false, fc.constant(true)),
      })
      .map((over) => fact(field, over as Partial<FieldFacts>)),
  ),
)

describe('the table of conditions and Cedar agree', () => {
  it('Cedar permits a candidate exactly when no condition fails and no forbid fires', () => {
    const seen = { permit: 0, forbid: 0 }
    fc.assert(
      fc.property(grants, queries, facts, (someGrant, someQuery, someFacts) => {
        const request = viewRequest(someQuery, someFacts)
        const candidate = viewCandidate(someGrant, request)
        const verdict = policies.evaluate(cedarCall(candidate, request, requestContext(request)))
        if ('faulty' in verdict) throw new Error(`evaluation error: ${verdict.faulty.join()}`)
        const failed = failedConditions(candidate, request)
        expect(firstFailed(candidate, request)).toBe(failed[0])
        const forbidden = !verdict.allow && verdict.policies.length > 0
        if (forbidden) seen.forbid++
        else
          expect({ allow: verdict.allow, failed: failed.map(({ rule }) => rule) }).toMatchObject({
            allow: failed.length === 0,
          })
        if (verdict.allow) {
          seen.permit++
          expect(failed).toEqual([])
        }
      }),
      { numRuns: 1500 },
    )
    expect(seen.permit).toBeGreaterThan(30)
    expect(seen.forbid).toBeGreaterThan(30)
  })

  it.each<[string, Parameters<typeof grant>[0], Partial<DecisionQuery>, Partial<FieldFacts>?]>([
    ['consumer', { consumer: { kind: 'system', id: 'rc-other' } }, {}],
    ['scenario', { scenario: 'P7.1' }, {}],
    ['status', { status: 'draft' }, {}],
    ['term', { term: { from: '2026-09-01T02:00:01Z', until: '2027-01-01T00:00:00Z' } }, {}],
    ['mode', {}, { mode: 'batch' }],
    ['item', { items: ['rongcheng-p-007'] }, {}],
    ['purpose', {}, { purpose: '其他' }],
    ['fields', { fields: ['marriage.spouseName'] }, {}],
    ['legal-basis', { legalBasis: ' ' }, {}],
    ['consumer-approval', { approvals: approvals(['provider-head', 'b']) }, {}],
    ['provider-approval', { approvals: approvals(['consumer-head', 'a']) }, {}],
    ['case-required', { conditions: { case: 'required' } }, { hasCase: false, hasApplication: true }],
    ['operator-required', { conditions: { operator: true } }, { hasOperator: false }],
    ['signed-required', { conditions: { signed: true } }, { signed: false }],
    ['subject-is-party', { conditions: { subjectIsParty: true } }, { subjectIsParty: false }],
    ['division', { conditions: { divisions: ['370400'] } }, {}],
    ['network', { conditions: { networks: ['192.168.0.0/16'] } }, {}],
    ['hours', { conditions: { hours: { from: 20, to: 6 } } }, {}],
  ])('`%s` alone makes both refuse, and only it fails', (rule, overGrant, overQuery) => {
    const request = viewRequest(query(overQuery), [fact('household-registration.address')])
    const candidate = viewCandidate(grant(overGrant), request)
    const verdict = policies.evaluate(cedarCall(candidate, request, requestContext(request)))
    expect(verdict).toEqual({ allow: false, policies: [] })
    expect(failedConditions(candidate, request).map((condition) => condition.rule)).toEqual([rule])
  })

  it('has a row above for every condition', () => {
    expect(CONDITIONS).toHaveLength(18)
  })
})

/** Mostly the usual value, so that most terms hold and single failures come up. */
function mostly<T>(usual: T, other: fc.Arbitrary<unknown>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other as fc.Arbitrary<T> })
}
function moment() {
  return fc.integer({ min: NOW - 2e10, max: NOW + 2e10 }).map((ms) => new Date(ms).toISOString())
}
function approvals(...list: [string, string][]): Grant['approvals'] {
  return list.map(([role, by]) => ({ role, by, at: '2025-12-01T00:00:00Z' })) as Grant['approvals']
}
