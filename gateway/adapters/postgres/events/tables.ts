import type { ColumnType, Generated, Kysely } from 'kysely'
import { createReader } from '../reader.ts'
import type { Tables } from '../tables.ts'

type Bigint = ColumnType<string, string, string>

interface EventsTable {
  exchange_id: string
  system: string
  event_id: string
  content_digest: string
  member: string
  kind: string
  scenario: string | null
  item: string | null
  dataset: string | null
  case_no: string | null
  application: string | null
  outcome: string | null
  occurred_at: Date
  reported_at: Date
  certificate_type: string | null
  certificate_digest: string | null
  sealed_certificate: Buffer | null
  certificate_valid_until: string | null
}

interface EventSubjectsTable {
  exchange_id: string
  position: number
  role: string
  subject_type: string
  id_type: string
  subject_digest: string
  sealed_subject: Buffer
}

export interface CasesTable {
  member: string
  case_key: string
  system: string
  case_no: string | null
  application: string | null
  item: string | null
  scenario: string | null
  opened_at: Date
  closed_at: Date | null
  subject_digests: string[]
}

export interface TimelineTable {
  subject_digest: string
  exchange_id: string
  role: string
  log_index: Bigint
  kind: string
  audience: string | null
  stage_no: number | null
  stage: string | null
  scenario: string | null
  item: string | null
  dataset: string | null
  member: string
  case_no: string | null
  application: string | null
  certificate_type: string | null
  outcome: string | null
  occurred_at: Date
}

export interface CertificatesTable {
  subject_digest: string
  certificate_type: string
  certificate_digest: string
  state: 'valid' | 'revoked'
  member: string
  item: string | null
  issued_at: Date | null
  changed_at: Date
  valid_until: string | null
  sealed_certificate: Buffer
  sealed_for: string
}

interface SuppressionsTable {
  id: Generated<string>
  subject_digest: string
  member: string | null
  scenario: string | null
  legal_basis: string
  valid_from: Date
  valid_until: Date
  approved_by: string
  entered_by: string
  entered_at: Date
  exchange_id: string
}

interface SuppressionLiftsTable {
  suppression_id: string
  lifted_by: string
  lifted_at: Date
  exchange_id: string
}

interface ChangeNoticesTable {
  exchange_id: string
  member: string
  dataset: string
  change: string
  sealed_subject: Buffer
  occurred_at: Date
  reported_at: Date
  raised_at: Date | null
}

interface CorrectionsTable {
  number: string
  exchange_id: string
  about_exchange: string
  system: string
  member: string
  provider: string
  dataset: string
  fields: string[]
  subject_digest: string
  sealed_text: Buffer
  opened_at: Date
  due_on: string | null
  ended_at: Date | null
}

interface CorrectionStepsTable {
  number: string
  state: 'open' | 'answered' | 'closed'
  exchange_id: string
  system: string
  member: string
  result: 'corrected' | 'confirmed' | 'not-held' | null
  sealed_text: Buffer | null
  entered_at: Date
}

interface UsageReportsTable {
  exchange_id: string
  about_exchange: string
  system: string
  member: string
  dataset: string | null
  state: 'correct' | 'incomplete' | 'wrong' | 'unused'
  reported_at: Date
}

/** What events, dossiers and notices read and write. */
export interface EventTables extends Tables {
  events: EventsTable
  event_subjects: EventSubjectsTable
  cases: CasesTable
  dossier_timeline: TimelineTable
  dossier_certificates: CertificatesTable
  dossier_suppressions: SuppressionsTable
  dossier_suppression_lifts: SuppressionLiftsTable
  change_notices: ChangeNoticesTable
  corrections: CorrectionsTable
  correction_steps: CorrectionStepsTable
  usage_reports: UsageReportsTable
}

export type EventDatabase = Kysely<EventTables>

export interface EventDatabaseOptions {
  /** Connections. Default 4. */
  max?: number
  /** Longest any statement may take. Default 3,000; a rebuild needs more. */
  timeoutMs?: number
}

/** One small pool for everything of events and dossiers, with the service's rights. */
export const openEventDatabase = (
  url: string,
  { max = 4, timeoutMs = 3000 }: EventDatabaseOptions = {},
): EventDatabase => createReader({ url, name: 'guanyi-dossier', max, timeoutMs })
