import { splitHashes } from '../../../gateway/log/tree.ts'
import { withClient } from '../../../seeds/services/postgres-client.ts'

/** What the database holds of one record, as far as a caller was told. */
export interface RecordRow {
  index: number
  exchangeId: string
  outcome: string
  code: string | null
  /** SHA-256 of the issuer-signed JWT. */
  jwtHash: string | null
}

const PAGE = 20_000
const ROWS = `select r.index::int4 as index, r.exchange_id as "exchangeId", r.outcome, r.code,
    encode(sha256(convert_to(s.issuer_jwt, 'UTF8')), 'hex') as "jwtHash"
  from records r join record_sides s using (index) where r.index >= $1 and r.index < $2 order by r.index`

/** Every record in order, and how many the log says there are. */
export function readRecords(ownerUrl: string): Promise<{ rows: RecordRow[]; size: number }> {
  return withClient(ownerUrl, async (client) => {
    const rows: RecordRow[] = []
    const size = Number((await client.query('select size from log_head')).rows[0].size)
    const { last } = (await client.query('select coalesce(max(index), -1) as last from records')).rows[0]
    for (let from = 0; from <= Math.max(Number(last), size - 1); from += PAGE)
      rows.push(...(await client.query<RecordRow>(ROWS, [from, from + PAGE])).rows)
    return { rows, size }
  })
}

/** The published leaf hashes. */
export function readLeaves(ownerUrl: string): Promise<Buffer[]> {
  return withClient(ownerUrl, async (client) => {
    const { rows } = await client.query<{ hashes: Buffer }>(
      `select hashes from log_tiles where family = 'sha256' and level = 0 order by index`,
    )
    return rows.flatMap(({ hashes }) => splitHashes(hashes))
  })
}
