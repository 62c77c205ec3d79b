import type { Subject } from '../exchange.ts'

/** What can happen to a case, a certificate, a register entry or a benefit. */
export const EVENT_KINDS = [
  'applied',
  'accepted',
  'supplemented',
  'decided',
  'case-closed',
  'certificate-issued',
  'certificate-changed',
  'certificate-revoked',
  'benefit-granted',
  'benefit-ended',
  'changed',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

export const EVENT_NAMES: Record<EventKind, { zh: string; en: string }> = {
  applied: { zh: '申请', en: 'applied' },
  accepted: { zh: '受理', en: 'accepted' },
  supplemented: { zh: '补正', en: 'supplemented' },
  decided: { zh: '决定', en: 'decided' },
  'case-closed': { zh: '办结', en: 'case closed' },
  'certificate-issued': { zh: '发证', en: 'certificate issued' },
  'certificate-changed': { zh: '证照变更', en: 'certificate changed' },
  'certificate-revoked': { zh: '证照注销', en: 'certificate revoked' },
  'benefit-granted': { zh: '待遇发放', en: 'benefit granted' },
  'benefit-ended': { zh: '待遇终止', en: 'benefit ended' },
  changed: { zh: '登记信息变更', en: 'register changed' },
}

export interface EventCertificate {
  /** Catalogue id (`weihai-c-033`). */
  type: string
  number: string
  /** `YYYYMMDD` */
  validUntil: string | null
}

/** One event as its reporter tells it, identifiers in normal form. */
export interface ReportedEvent {
  /** The reporter's own id of it; once per system. */
  eventId: string
  kind: EventKind
  scenario: string | null
  item: string | null
  dataset: string | null
  caseNo: string | null
  application: string | null
  outcome: string | null
  occurredAtMs: number
  certificate: EventCertificate | null
  subjects: { role: string; subject: Subject }[]
}

/** An event as it is stored: identifiers as keyed digests beside sealed values. */
export interface StoredEvent {
  exchangeId: string
  system: string
  member: string
  eventId: string
  contentDigest: string
  kind: EventKind
  scenario: string | null
  item: string | null
  dataset: string | null
  caseNo: string | null
  application: string | null
  outcome: string | null
  occurredAtMs: number
  reportedAtMs: number
  certificate: { type: string; digest: string; sealed: Buffer; validUntil: string | null } | null
  subjects: { role: string; type: string; idType: string; digest: string; sealed: Buffer }[]
}

/** A stored event whose record is in the log. */
export interface RecordedEvent extends StoredEvent {
  index: bigint
}

export type Reservation =
  | { status: 'reserved'; exchangeId: string }
  | { status: 'known'; exchangeId: string; index: bigint; recordedAtMs: number }
  | { status: 'conflict' }

/**
 * Holds reported events. An event counts once its record is in the log; until then its row only reserves its id.
 *
 * Errors: `record.unavailable` when the store does not answer.
 */
export interface EventStore {
  /**
   * Takes the event's id for its content: `reserved` under the exchange id to record it as (an earlier one where an
   * earlier attempt was never recorded), `known` when it is recorded already, `conflict` when the id holds another
   * content.
   */
  reserve(event: StoredEvent): Promise<Reservation>
  close(): Promise<void>
}
