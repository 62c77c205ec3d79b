import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { Grant } from '../../../policies/engine/types.ts'
import type { RecordColumnsRow } from './log/record-row.ts'

/** A `bigint` column: text on the wire, so that no index or version is ever rounded. */
type Bigint = ColumnType<string, never, never>

interface GrantsTable {
  /** Copied from the document by the database. */
  id: ColumnType<string, never, never>
  document: JSONColumnType<Grant & object>
  status: ColumnType<Grant['status'], never, Grant['status']>
  scenario: ColumnType<string, never, never>
  consumer_kind: ColumnType<Grant['consumer']['kind'], never, never>
  consumer_id: ColumnType<string, never, never>
  valid_until: ColumnType<Date, never, never>
  changed_version: Bigint
}

interface GrantChangesTable {
  version: Bigint
  grant_id: string | null
  changed_at: Generated<Date>
  changed_by: string
  from_status: string | null
  to_status: string | null
  reason: string
  scenario: string | null
  consumer_kind: string | null
  consumer_id: string | null
}

interface ExchangeIdsTable {
  exchange_id: string
  index: Bigint
  recorded_at: Date
}

interface RequestIdsTable {
  iss: string
  jti: string
  exchange_id: string
  outcome: string
  expires_at: Date
}

interface AssertionIdsTable {
  iss: string
  jti: string
  expires_at: Date
}

interface RecordsTable extends RecordColumnsRow {
  index: Bigint
  recorded_at: Date
  exchange_id: string
  entry: Buffer
}

interface RecordSidesTable {
  index: Bigint
  recorded_at: Date
  salt: Buffer
  subject_digest: string | null
  issuer_jwt: string | null
}

/** What the adapters read and write directly; records are written by `append_records` alone. */
export interface Tables {
  authorisation_version: { version: Bigint }
  grants: GrantsTable
  grant_changes: GrantChangesTable
  exchange_ids: ExchangeIdsTable
  request_ids: RequestIdsTable
  assertion_ids: AssertionIdsTable
  records: RecordsTable
  record_sides: RecordSidesTable
}
