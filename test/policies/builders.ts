import type { DecisionQuery, FieldFacts, Grant, GrantConditions } from '../../policies/engine/types.ts'

export const NOW = Date.parse('2026-09-01T02:00:00Z') // 10:00 in China

export const openConditions: GrantConditions = {
  case: 'not-required',
  operator: false,
  signed: false,
  subjectIsParty: false,
  divisions: [],
  networks: [],
  hours: null,
}

export function grant({
  conditions,
  ...over
}: Partial<Omit<Grant, 'conditions'>> & { conditions?: Partial<GrantConditions> } = {}): Grant {
  return {
    id: 'g1',
    status: 'active',
    scenario: 'P2.1',
    consumer: { kind: 'member', id: 'rc-jyj' },
    fields: ['household-registration.address', 'household-registration.householder'],
    modes: ['query'],
    items: 'all',
    purposes: ['义务教育入学资格核验'],
    term: { from: '2026-01-01T00:00:00Z', until: '2027-01-01T00:00:00Z' },
    ceilings: [],
    conditions: { ...openConditions, ...conditions },
    legalBasis: '义务教育法第十二条',
    masks: {},
    approvals: [
      { role: 'consumer-head', by: 'a', at: '2025-12-01T00:00:00Z' },
      { role: 'provider-head', by: 'b', at: '2025-12-02T00:00:00Z' },
    ],
    datasetVersions: {},
    ...over,
  }
}

export function query(over: Partial<DecisionQuery> = {}): DecisionQuery {
  return {
    system: 'rc-enrolment',
    member: 'rc-jyj',
    scenario: 'P2.1',
    item: 'rongcheng-p-008',
    mode: 'query',
    purpose: '义务教育入学资格核验',
    fields: ['household-registration.address'],
    hasCase: true,
    hasApplication: false,
    hasOperator: true,
    signed: true,
    subjectIsParty: true,
    subjectType: 'person',
    division: '371082',
    address: '10.10.1.20',
    nowMs: NOW,
    ...over,
  }
}

export function fact(field: string, over: Partial<FieldFacts> = {}): FieldFacts {
  return {
    field,
    dataset: field.replace(/^[^:]*:/, '').split('.')[0]!,
    shareClass: 'conditional',
    sensitive: false,
    personal: true,
    signedRequestRequired: false,
    ...over,
  }
}

export const factsOf = (fields: readonly string[], over: Partial<FieldFacts> = {}) =>
  fields.map((field) => fact(field, over))
