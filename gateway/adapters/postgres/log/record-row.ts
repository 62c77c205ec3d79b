import type { RecordColumns } from '../../../ports/exchange-log.ts'

/** The searchable columns of `records`, as the driver gives them. */
export interface RecordColumnsRow {
  mode: string
  outcome: RecordColumns['outcome']
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

/** A whole line of `records`, without the entry. */
export interface RecordRow extends RecordColumnsRow {
  index: string
  recorded_at: Date
  exchange_id: string
}

export const columnsOf = (row: RecordColumnsRow): RecordColumns => ({
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

/** Where a record stands: index, id and time. */
export const placeOf = ({ index, exchange_id, recorded_at }: RecordRow) => ({
  index: BigInt(index),
  exchangeId: exchange_id,
  recordedAtMs: recorded_at.getTime(),
})
