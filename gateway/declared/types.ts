import type { Scalar } from '../catalog/types.ts'
import type { Operator, Subject } from '../exchange.ts'
import type { Declaration, VerificationMethod } from '../ports/declared-values.ts'

/** The members of `POST /v1/declarations` after the schema check. */
export interface WrittenDeclaration {
  jti: string
  onBehalfOf?: string
  /** The reporter's own id of it; once per system. */
  declarationId: string
  scenario: string
  item: string
  case?: string
  application?: string
  purpose: string
  operator: Operator
  subject: Subject
  dataset: string
  values: Record<string, Exclude<Scalar, null>>
  verification: { method: VerificationMethod; at: string; validUntil: string }
}

/** A declaration as it is stored: who, whom and what sealed or as keyed digests. */
export interface StoredDeclaration extends Declaration {
  system: string
  declarationId: string
  contentDigest: string
  scenario: string
  item: string
  caseNo: string | null
  application: string | null
  dataset: string
  subjectDigest: string
  sealedOperator: Buffer
  values: { field: string; sealed: Buffer }[]
}

export type DeclarationReservation =
  | { status: 'reserved'; exchangeId: string }
  | { status: 'known'; exchangeId: string; index: bigint; recordedAtMs: number }
  | { status: 'conflict' }

/** A declaration about somebody, without its values. */
export interface HeldDeclaration extends Declaration {
  dataset: string
  item: string
  /** `struck`: by a correction, or as the older value of one that was erased. */
  fields: { field: string; state: 'in-force' | 'superseded' | 'expired' | 'struck' }[]
}

export interface Strike {
  dataset: string
  subjectDigest: string
  fields: readonly string[]
  /** Number of the correction. */
  correction: string
  exchangeId: string
  struckAtMs: number
}

/**
 * Holds declarations. One counts once its record is in the log; until then its rows only reserve its id.
 *
 * Errors of all: `record.unavailable` when the store does not answer.
 */
export interface DeclarationStore {
  /** As `EventStore.reserve`. */
  reserve(declaration: StoredDeclaration): Promise<DeclarationReservation>
  /** The newest value per field that was not struck, valid or not. */
  newest(
    dataset: string,
    subjectDigest: string,
    fields: readonly string[],
  ): Promise<(Declaration & { field: string; sealed: Buffer })[]>
  /** Everything ever declared about the subject, newest first. */
  about(subjectDigest: string, today: string, limit: number): Promise<HeldDeclaration[]>
  /** Strikes every value of these fields declared until now; answers how many. */
  strike(strike: Strike): Promise<number>
  probe(): Promise<void>
}
