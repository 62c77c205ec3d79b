import { sql } from 'kysely'
import type { RecordLine } from '../../audit/records.ts'

/** Columns of `records as r` that make a line; the entry stays where it is. */
export const LINE_COLUMNS = sql`
  r.index, r.recorded_at, r.exchange_id, r.mode, r.outcome, r.code, r.member, r.system, r.on_behalf_of, r.scenario, r.item,
  r.case_no, r.application, r.purpose, r.datasets, r.fields, r.catalog_version, r.policy_version, r.grants`

export interface LineRow {
  index: string
  recorded_at: Date
  exchange_id: string
  mode: string
  outcome: RecordLine['outcome']
  code: string | null
  member: string
  system: string
  on_behalf_of: string | null
  scenario: string | null
  item: string | null
  case_no: string | null
  application: string | null
  purpose: string | null
  datasets: string[]
  fields: string[]
  catalog_version: string
  policy_version: string
  grants: string[]
}

export const toLine = (row: LineRow): RecordLine => ({
  index: BigInt(row.index),
  exchangeId: row.exchange_id,
  recordedAtMs: row.recorded_at.getTime(),
  mode: row.mode,
  outcome: row.outcome,
  code: row.code,
  member: row.member,
  system: row.system,
  onBehalfOf: row.on_behalf_of,
  scenario: row.scenario,
  item: row.item,
  caseNo: row.case_no,
  application: row.application,
  purpose: row.purpose,
  datasets: row.datasets,
  fields: row.fields,
  catalogVersion: row.catalog_version,
  policyVersion: row.policy_version,
  grants: row.grants,
})
