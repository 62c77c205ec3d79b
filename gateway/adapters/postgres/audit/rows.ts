import { sql } from 'kysely'
import type { RecordLine } from '../../../audit/records.ts'
import { columnsOf, placeOf, type RecordRow } from '../log/record-row.ts'

/** Columns of `records as r` that make a line; the entry stays where it is. */
export const LINE_COLUMNS = sql`
  r.index, r.recorded_at, r.exchange_id, r.mode, r.outcome, r.code, r.member, r.system, r.on_behalf_of, r.scenario, r.item,
  r.case_no, r.application, r.purpose, r.datasets, r.fields, r.catalog_version, r.policy_version, r.grants`

export const toLine = (row: RecordRow): RecordLine => ({ ...placeOf(row), ...columnsOf(row) })
