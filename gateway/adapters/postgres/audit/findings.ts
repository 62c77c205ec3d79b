import { type RawBuilder, sql } from 'kysely'
import type { Finding, FindingStore } from '../../../audit/findings.ts'
import type { FindingKind } from '../../../audit/thresholds.ts'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import { createReader } from '../reader.ts'

interface FindingRow {
  id: string
  kind: FindingKind
  day: string
  system: string | null
  member: string | null
  records: string[]
  figures: Record<string, number>
  found_at: Date
  grown_at: Date
  status: 'open' | 'closed'
  closed_at: Date | null
  closed_by: string | null
  close_reason: string | null
}

/** Findings as the management plane reads and closes them; `url` is the service role's. */
export function createPostgresFindings({ url }: { url: string }): FindingStore {
  const db = createReader({ url, name: 'guanyi-findings', max: 2, timeoutMs: 5_000 })
  const query = async <Row>(text: RawBuilder<Row>): Promise<Row[]> => {
    try {
      return (await text.execute(db)).rows
    } catch (thrown) {
      const code = (thrown as { code?: string }).code ?? 'none'
      throw new ExchangeError('record.unavailable', `the findings did not answer (code \`${code}\`)`)
    }
  }
  const select = sql`
    select id, kind, to_char(day, 'YYYYMMDD') as day, system, member, records, figures, found_at, grown_at, status, closed_at,
           closed_by, close_reason from findings`
  return {
    async list({ kind, status, system }, before, limit) {
      const where = [
        ...(kind === undefined ? [] : [sql`kind = ${kind}`]),
        ...(status === undefined ? [] : [sql`status = ${status}`]),
        ...(system === undefined ? [] : [sql`system = ${system}`]),
        ...(before === null ? [] : [sql`id < ${String(before)}`]),
        sql`true`,
      ]
      const rows = await query(
        sql<FindingRow>`${select} where ${sql.join(where, sql` and `)} order by id desc limit ${limit}`,
      )
      return rows.map(toFinding)
    },
    find: async (id) => (await query(sql<FindingRow>`${select} where id = ${id}`)).map(toFinding)[0],
    async exchangeIds(indexes) {
      const rows = await query(sql<{ index: string; exchange_id: string }>`
        select index, exchange_id from exchange_ids where index = any (${indexes.map(String)}::bigint[])`)
      return new Map(rows.map((row) => [BigInt(row.index), row.exchange_id]))
    },
    async closeFinding(id, by, reason, atMs) {
      const rows = await query(sql<{ done: boolean }>`
        select close_finding(${id}::bigint, ${by}, ${reason}, ${new Date(atMs)}) as done`)
      return rows[0]!.done
    },
    close: () => db.destroy(),
  }
}

const toFinding = (row: FindingRow): Finding => ({
  id: row.id,
  kind: row.kind,
  day: row.day,
  system: row.system,
  member: row.member,
  records: row.records.map(BigInt),
  figures: row.figures,
  foundAtMs: row.found_at.getTime(),
  grownAtMs: row.grown_at.getTime(),
  status: row.status,
  closed:
    row.closed_at === null
      ? null
      : { atMs: row.closed_at.getTime(), by: row.closed_by ?? '', reason: row.close_reason ?? '' },
})
