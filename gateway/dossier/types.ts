import type { Catalog } from '../catalog/types.ts'
import type { EventKind } from '../events/types.ts'

/** A recorded event, as projections see it. */
export interface EventFacts {
  exchangeId: string
  index: bigint
  system: string
  member: string
  kind: EventKind
  scenario: string | null
  item: string | null
  dataset: string | null
  caseNo: string | null
  application: string | null
  outcome: string | null
  occurredAtMs: number
  certificate: { type: string; digest: string; sealed: Buffer; validUntil: string | null } | null
  subjects: { role: string; digest: string }[]
}

/** One line of somebody's life-cycle timeline. */
export interface TimelineLine {
  subjectDigest: string
  exchangeId: string
  role: string
  index: bigint
  kind: EventKind
  /** Of the stage: `person` has 11, `organisation` 6; null where the event belongs to none. */
  audience: string | null
  stageNo: number | null
  stage: string | null
  scenario: string | null
  item: string | null
  dataset: string | null
  member: string
  caseNo: string | null
  application: string | null
  certificateType: string | null
  outcome: string | null
  occurredAtMs: number
}

/** A certificate and what the events say of it. Whether its term is over is for the reader's day to say. */
export interface HeldCertificate {
  subjectDigest: string
  type: string
  numberDigest: string
  state: 'valid' | 'revoked'
  member: string
  item: string | null
  issuedAtMs: number | null
  changedAtMs: number
  validUntil: string | null
  sealedNumber: Buffer
  /** The exchange id the number was sealed for. */
  sealedFor: string
}

export interface CaseState {
  member: string
  key: string
  system: string
  caseNo: string | null
  application: string | null
  item: string | null
  scenario: string | null
  openedAtMs: number
  closedAtMs: number | null
  subjectDigests: string[]
}

/** What is made of events: rows that can be thrown away and made again. */
export interface DossierProjections {
  /** Makes everything one recorded event has a part in; safe to repeat. */
  project(exchangeId: string, catalog: Catalog): Promise<void>
  /** Recorded events without a timeline line, oldest first: a crash between record and projection leaves them. */
  missed(limit: number): Promise<string[]>
  /** Throws everything away and makes it again from the events, in one transaction. */
  rebuild(catalog: Catalog): Promise<{ events: number; lines: number; certificates: number; cases: number }>
  /** SHA-256 over all projected rows, in order: equal before and after a rebuild. */
  digest(): Promise<string>
}

/** The data side of one dossier, for the connector. */
export interface DossierReader {
  timeline(subjectDigest: string): Promise<TimelineLine[]>
  certificates(subjectDigest: string): Promise<HeldCertificate[]>
}
