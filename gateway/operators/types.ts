import type { Context } from 'hono'
import type { Bindings } from '../routes/exchanges.ts'

/** 三员分立, and beside them the clerks who answer for their own department (协查): nobody has two of them (R70). */
export type OperatorRole = 'system-administrator' | 'security-administrator' | 'audit-administrator' | 'provider-clerk'

/** A person at the management plane. */
export interface Operator {
  id: string
  name: string
  role: OperatorRole
  /** The member they work for. */
  member: string
}

/** The management plane is closed by default: every route but health and metrics asks here first. */
export interface OperatorGate {
  /**
   * The operator whose token this call carries, when their role is one of those named.
   *
   * Errors: `request.unsigned`, `request.signature`, `request.expired`, `identity.unknown`; `access.denied` for another role.
   */
  require(c: Context<Bindings>, ...roles: OperatorRole[]): Promise<Operator>
}

/** What an operator did that must not go unrecorded: a dossier viewed, a sealed value opened, an export, a purge. */
export interface AdministrativeAct {
  operator: Operator
  /** `records.export`, `dossier.view`, `request.unseal`, `evidence-package.build`, `retention.purge` … */
  verb: string
  /** Keyed digest of the subject concerned, where there is one. */
  subjectDigest: string | null
  /** What it was done to, by id. */
  target: string | null
  /** The reason given; free text that holds no identifier. */
  reason: string | null
  /** Counts, filters by name, periods; no personal value, no identifier. */
  details: Record<string, string | number | boolean | null>
}

export interface AdministrativeRecords {
  /** Appends the act to the same log as exchanges and resolves once it is durable. Errors: `record.unavailable`. */
  append(act: AdministrativeAct): Promise<{ exchangeId: string; index: bigint }>
}
