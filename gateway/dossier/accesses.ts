import type { RecordColumns } from '../ports/exchange-log.ts'
/** The access side of a dossier, read from records and their sides (R58). */

/** Modes in which data about somebody was asked for. */
export const DATA_MODES = ['query', 'verify', 'prefill', 'batch', 'dossier'] as const
/** Reports are no look at anybody. */
export const REPORT_MODES = ['events', 'changes', 'corrections', 'usage', 'declarations', 'tasks'] as const

export interface Suppression {
  id: string
  legalBasis: string
  fromMs: number
  untilMs: number
  approvedBy: string
}

export interface AccessLine extends RecordColumns {
  index: bigint
  exchangeId: string
  recordedAtMs: number
  /** The entry and its salt: what shows in which role the subject stands in it. */
  entry: Buffer
  salt: Buffer
  /** The subject of the record itself, and not one of its parties. */
  isSubject: boolean
  /** In force now; `null` where the subject may see the line. */
  suppression: Suppression | null
}

export interface AccessCounts {
  total: number
  released: number
  refused: number
  failed: number
  byMember: { member: string; count: number }[]
  byScenario: { scenario: string | null; count: number }[]
}

export interface AccessQuery {
  subjectDigest: string
  /** `subject`: the subject's own view, without suppressed lines; `auditor`: everything but reports. */
  view: 'subject' | 'auditor'
  /** Lines older than this index. */
  before: bigint | null
  limit: number
  nowMs: number
}

export interface NewSuppression {
  subjectDigest: string
  member: string | null
  scenario: string | null
  legalBasis: string
  fromMs: number
  untilMs: number
  approvedBy: string
  enteredBy: string
  enteredAtMs: number
  exchangeId: string
}

/** Errors of all: `record.unavailable` when the store does not answer. */
export interface AccessHistory {
  /** Newest first. Suppressed lines are as if they were not there: pages are full, counts do not tell. */
  page(query: AccessQuery): Promise<AccessLine[]>
  counts(query: Omit<AccessQuery, 'before' | 'limit'>): Promise<AccessCounts>
  suppress(suppression: NewSuppression): Promise<string>
  /** All there ever were, oldest first. */
  suppressions(subjectDigest: string): Promise<(NewSuppression & { id: string; liftedAtMs: number | null })[]>
  /** Digest of the subject it is about; `undefined` for an unknown one. */
  suppressed(id: string): Promise<string | undefined>
  /** False when it was lifted before. */
  lift(lift: { id: string; liftedBy: string; liftedAtMs: number; exchangeId: string }): Promise<boolean>
}
