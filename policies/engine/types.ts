/** Words of the policy engine: pure data, no I/O. */

/** All but `declare` read; `declare` writes into a dataset of declared values (最多报一次). */
export type Mode = 'query' | 'verify' | 'prefill' | 'batch' | 'dossier' | 'declare'

/** A grant (授权): scenario × consumer × fields × modes × items × purposes × term × ceilings × conditions × legal basis × masks × approvals. */
export interface Grant {
  id: string
  status: 'draft' | 'active' | 'suspended' | 'revoked' | 'expired'
  scenario: string
  consumer: { kind: 'member' | 'system'; id: string }
  /** As written in requests: `dataset.field`, or `role:dataset.field` for a party's. */
  fields: string[]
  modes: Mode[]
  /** Item ids, or `all` of the scenario. */
  items: string[] | 'all'
  purposes: string[]
  /** RFC 3339, UTC; `from` inclusive, `until` exclusive. */
  term: { from: string; until: string }
  ceilings: GrantCeiling[]
  conditions: GrantConditions
  legalBasis: string
  /** Stated where sensitive fields are granted (R52). */
  specificPurpose?: string
  /** Field → mask rule, overriding the dataset's own rule. */
  masks: Record<string, string>
  approvals: { role: 'consumer-head' | 'provider-head' | 'second-approver'; by: string; at: string }[]
  /** Directory versions the grant was given for, by dataset id (R10). */
  datasetVersions: Record<string, string>
}

export interface GrantCeiling {
  measure: 'calls' | 'records' | 'subjects' | 'mismatches'
  period: 'hour' | 'day'
  limit: number
}

export interface GrantConditions {
  case: 'required' | 'application-allowed' | 'not-required'
  operator: boolean
  signed: boolean
  subjectIsParty: boolean
  /** Division codes the subject's or officer's request must lie in; empty = no limit. */
  divisions: string[]
  /** CIDR; empty = no limit. */
  networks: string[]
  /** China time, whole hours, `from` inclusive, `to` exclusive; null = always. */
  hours: { from: number; to: number } | null
}

/** The part of a request a decision depends on. Never the subject's identifier. */
export interface DecisionQuery {
  system: string
  /** The acting department: `onBehalfOf` where given, else the system's own member. */
  member: string
  scenario: string
  item: string | null
  mode: Mode
  purpose: string
  fields: readonly string[]
  hasCase: boolean
  hasApplication: boolean
  hasOperator: boolean
  signed: boolean
  subjectIsParty: boolean
  subjectType: string
  division: string | null
  /** Client address, or null when no trusted proxy gave it. */
  address: string | null
  nowMs: number
}

/** What the engine must know of the fields' datasets. */
export interface FieldFacts {
  /** As written in the request. */
  field: string
  dataset: string
  shareClass: 'unconditional' | 'conditional' | 'not-shared'
  sensitive: boolean
  personal: boolean
  signedRequestRequired: boolean
}

export interface DecisionReason {
  rule: string
  zh: string
  en: string
  fields?: string[]
  grant?: string
  policy?: string
  next?: { zh: string; en: string }
}

export type Decision =
  | {
      effect: 'permit'
      /** Which grant gives which field; the first in the order of ids where several do. */
      fieldGrants: Record<string, string>
      grants: string[]
      policies: string[]
      policyVersion: string
      /** The decision holds for the same inputs until then; milliseconds since the epoch. */
      validUntilMs: number
    }
  | {
      effect: 'forbid'
      code: 'access.denied' | 'grant.expired' | 'grant.suspended'
      policies: string[]
      reasons: DecisionReason[]
      policyVersion: string
      /** An evaluation error closed the door: an alarm, not an answer. */
      alarm: boolean
      validUntilMs: number
    }
