import { type Kysely, sql } from 'kysely'
import type { WholeRecord } from '../../../audit/records.ts'
import type { RecordRow } from '../log/record-row.ts'
import type { Tables } from '../tables.ts'
import { LINE_COLUMNS, toLine } from './rows.ts'

interface SideRow {
  entry: Buffer
  side_index: string | null
  has_subject: boolean
  parties: number
  has_operator: boolean
  has_sealed_operator: boolean
  has_sealed_request: boolean
  issuer_jwt: string | null
}

/** Reads one record whole, by exchange id or index, and which of its erasable facts are still kept. */
export async function findWhole(db: Kysely<Tables>, id: string): Promise<WholeRecord | undefined> {
  const by = /^\d{1,18}$/.test(id) ? sql`index = ${id}` : sql`exchange_id = ${id}`
  const place = await sql<{ index: string; recorded_at: string }>`
    select index, recorded_at::text as recorded_at from exchange_ids where ${by}`.execute(db)
  const found = place.rows[0]
  if (found === undefined) return undefined
  const { rows } = await sql<RecordRow & SideRow>`
    select ${LINE_COLUMNS}, r.entry, s.index as side_index, s.subject_digest is not null as has_subject,
           coalesce(cardinality(s.party_digests), 0) as parties, s.operator_digest is not null as has_operator,
           s.sealed_operator is not null as has_sealed_operator, s.sealed_request is not null as has_sealed_request, s.issuer_jwt
      from records r
      left join record_sides s on s.index = r.index and s.recorded_at = ${found.recorded_at}::timestamptz
     where r.index = ${found.index} and r.recorded_at = ${found.recorded_at}::timestamptz`.execute(db)
  const row = rows[0]
  if (row === undefined) return undefined
  return {
    line: toLine(row),
    entry: row.entry,
    issuerJwt: row.issuer_jwt,
    side: {
      kept: row.side_index !== null,
      subject: row.has_subject,
      parties: row.parties,
      operator: row.has_operator,
      sealedOperator: row.has_sealed_operator,
      sealedRequest: row.has_sealed_request,
      evidence: row.issuer_jwt !== null,
    },
  }
}
