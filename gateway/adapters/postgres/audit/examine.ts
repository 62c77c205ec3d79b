import { type Kysely, type RawBuilder, sql } from 'kysely'
import { type AnomalySearch, FINDING_KINDS, type Suspicion } from '../../../audit/findings.ts'
import type { FindingKind, Thresholds } from '../../../audit/thresholds.ts'
import { createReader } from '../reader.ts'
import type { Tables } from '../tables.ts'
import { ANOMALIES, CASE_KINDS, caseAnomaly, NIGHT, type Span, type SuspicionRow } from './anomalies.ts'
import { withoutJit } from './search.ts'

const HOUR_MS = 3_600_000
/** Ranges per statement: a few hundred milliseconds. */
const BITE_RANGES = 64
const RANGE = 256

/** The job's side of findings; `url` logs in as the owner of the tables. */
export function createPostgresAnomalySearch({ url }: { url: string }): AnomalySearch {
  const db = createReader({ url: withoutJit(url), name: 'guanyi-findings', max: 2, timeoutMs: 60_000 })
  return {
    catchUp: () => catchUp(db),
    examine: (day, thresholds, nowMs) => examine(db, day, thresholds, nowMs),
    async forgetNeighbourhoods(beforeMs) {
      const { numAffectedRows = 0n } = await sql`
        delete from subject_neighbourhoods where recorded_at < ${new Date(beforeMs)}`.execute(db)
      return Number(numAffectedRows)
    },
    async rebuild() {
      await db.transaction().execute(async (tx) => {
        await sql`select rebuild_days()`.execute(tx)
        await sql`select rebuild_prefill_months()`.execute(tx)
        await sql`delete from record_ranges`.execute(tx)
      })
      return await catchUp(db)
    },
    close: () => db.destroy(),
  }
}

async function catchUp(db: Kysely<Tables>): Promise<number> {
  const step = async (call: RawBuilder<{ at: string }>): Promise<number> => Number((await call.execute(db)).rows[0]!.at)
  for (let at = -1; ; ) {
    const next = await step(sql`select summarise_ranges(${BITE_RANGES}) as at`)
    if (next <= at || next === 0) break
    at = next
  }
  for (let at = -1; ; ) {
    const next = await step(sql`select roll_up_prefills(${BITE_RANGES * RANGE}) as at`)
    if (next <= at) break
    at = next
  }
  const start = await step(sql`select next as at from rollup_position`)
  for (let at = start; ; ) {
    const next = await step(sql`select roll_up_days(${BITE_RANGES * RANGE}) as at`)
    if (next <= at) return at - start
    at = next
  }
}

async function examine(db: Kysely<Tables>, day: string, thresholds: Thresholds, nowMs: number) {
  const midnightMs = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00+08:00`)
  const wholeDay = await spanOf(db, midnightMs, midnightMs + 24 * HOUR_MS)
  const night = await spanOf(db, midnightMs + NIGHT.fromHour * HOUR_MS, midnightMs + NIGHT.untilHour * HOUR_MS)
  const { rows } = await sql<{ there: boolean }>`select to_regclass('cases') is not null as there`.execute(db)
  const casesAreReported = rows[0]!.there

  const total = { found: 0, grown: 0 }
  for (const kind of FINDING_KINDS) {
    const query = queryOf(kind)
    if (query === null) continue
    const suspicions = await query.execute(db)
    for (const row of suspicions.rows) {
      const outcome = await store(db, { ...row, kind, day, records: row.records.map(BigInt) }, minimumOf(kind), nowMs)
      if (outcome !== 'known') total[outcome] += 1
    }
  }
  return total

  function queryOf(kind: FindingKind): RawBuilder<SuspicionRow> | null {
    const caseKind = CASE_KINDS.find((each) => each === kind)
    if (caseKind !== undefined)
      return casesAreReported ? caseAnomaly(caseKind, wholeDay, thresholds, new Date(nowMs)) : null
    const span = kind === 'night-bulk' ? night : wholeDay
    return ANOMALIES[kind as keyof typeof ANOMALIES](span, thresholds)
  }
  /** Fewest new records that make a second finding after one was closed. */
  function minimumOf(kind: FindingKind): number {
    const limit = thresholds[kind] as { records?: number; subjects?: number }
    return limit.records ?? limit.subjects ?? 1
  }
}

/** Index bounds of a span of time, from the ranges and what lies behind the last of them. */
async function spanOf(db: Kysely<Tables>, fromMs: number, untilMs: number): Promise<Span> {
  const [from, until] = [new Date(fromMs), new Date(untilMs)]
  const { rows } = await sql<{ low: string; high: string }>`
    select coalesce((select min(range) from record_ranges where until_at >= ${from} and from_at < ${until}),
                    (select max(range) + 1 from record_ranges), 0) * ${RANGE} as low,
           greatest((select max(range) + 1 from record_ranges where until_at >= ${from} and from_at < ${until}) * ${RANGE},
                    case when ${until} > (select max(until_at) from record_ranges) or not exists (select from record_ranges)
                         then (select size from log_head) end, 0) as high`.execute(db)
  return { from, until, ...rows[0]! }
}

/**
 * Stores one suspicion. Two are the same when kind, day and system agree and they share a record: no digest is needed to
 * tell, and none is kept. While it is open a finding grows; records behind a closed one count no more, so that a closed
 * finding does not come back, but what goes on afterwards does.
 */
async function store(
  db: Kysely<Tables>,
  suspicion: Suspicion,
  minimum: number,
  nowMs: number,
): Promise<'found' | 'grown' | 'known'> {
  const { kind, day, system, member, figures } = suspicion
  return await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('guanyi.findings', 0))`.execute(tx)
    const same = sql`kind = ${kind} and day = ${day}::date and system is not distinct from ${system}`
    const { rows: closed } = await sql<{ index: string }>`
      select unnest(records) as index from findings where ${same} and status = 'closed'`.execute(tx)
    const settled = new Set(closed.map(({ index }) => BigInt(index)))
    const records = suspicion.records.filter((index) => !settled.has(index))
    if (records.length < (settled.size === 0 ? 1 : minimum)) return 'known'

    const list = sql`${records.map(String)}::bigint[]`
    const { rows: open } = await sql<{ id: string; known: boolean }>`
      select id, records @> ${list} as known from findings
       where ${same} and status = 'open' and records && ${list} order by id limit 1 for update`.execute(tx)
    if (open[0]?.known) return 'known'
    if (open[0] !== undefined) {
      await sql`
        update findings set figures = ${JSON.stringify(figures)}::jsonb, grown_at = ${new Date(nowMs)},
               records = (select array_agg(distinct i order by i) from unnest(records || ${list}) i)
         where id = ${open[0].id}`.execute(tx)
      return 'grown'
    }
    await sql`
      insert into findings (kind, day, system, member, records, figures, found_at, grown_at)
      values (${kind}, ${day}::date, ${system}, ${member}, ${list}, ${JSON.stringify(figures)}::jsonb, ${new Date(nowMs)}, ${new Date(nowMs)})`.execute(
      tx,
    )
    return 'found'
  })
}
