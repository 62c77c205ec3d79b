import { type Kysely, sql } from 'kysely'
import {
  HELD_KINDS,
  type HeldKind,
  RECORD_KINDS,
  type RecordKind,
  type RetentionRule,
} from '../../../retention/table.ts'
import type { RetentionStatus, RetentionStore } from '../../../retention/types.ts'
import { createReader } from '../reader.ts'
import type { Tables } from '../tables.ts'
import { createHeldRows } from './held.ts'

/** Records looked at per statement: well under a second each, so that no lock is held long. */
const BITE = 2_000
/** Prefills per run without a bound of its own. */
const MOST_PREFILLS = 100_000
/** Bundles per statement: 2,560 entries, some 0.3 s, for which the tree waits to grow. */
const BUNDLES = 10

/** Retention in PostgreSQL; `url` logs in as the owner of the tables. The rules and dates are the database's (040-retention). */
export function createPostgresRetentionStore({ url }: { url: string }): RetentionStore {
  const db = createReader({ url, name: 'guanyi-retention', max: 2, timeoutMs: 60_000 }) // one of them holds the lock
  const held = createHeldRows({ url })
  return {
    rules: () => readRules(db),
    status: () => readStatus(db),
    alone: (work) =>
      db.connection().execute(async (locked) => {
        const lock = sql`hashtextextended('guanyi.retention', 0)`
        const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_lock(${lock}) as mine`.execute(locked)
        if (rows[0]?.mine !== true) return undefined
        try {
          return await work()
        } finally {
          await sql`select pg_advisory_unlock(${lock})`.execute(locked)
        }
      }),
    purgeHeld: (act, kind, atMost) => held.purge(act, kind, atMost),
    clearPrefills: (atMost) => held.clearPrefills(Math.min(atMost, MOST_PREFILLS)),
    async purgeSides(act, kind, atMost) {
      let erased = 0
      for (let after = -1n; erased < atMost; ) {
        const { rows } = await sql<{ erased: number; last_index: string | null }>`
          select erased, last_index from purge_sides(${act}, ${kind}, ${String(after)}::bigint, ${BITE})`.execute(db)
        erased += rows[0]?.erased ?? 0
        const last = rows[0]?.last_index ?? null
        if (last === null) break
        after = BigInt(last)
      }
      return erased
    },
    async purgeEntries(act, atMost) {
      let bundles = 0
      for (;;) {
        const { rows } = await sql<{ bundles: number; kept_from: string }>`
          select bundles, kept_from from purge_entries(${act}, ${BUNDLES})`.execute(db)
        const step = rows[0]!
        bundles += step.bundles
        if (step.bundles < BUNDLES || bundles >= atMost) return { bundles, lowestKept: BigInt(step.kept_from) }
      }
    },
    async eraseSide(act, exchangeId) {
      // First what lies beside: where it fails, the sides are still there to ask again by.
      await held.erase(act, exchangeId)
      const { rows } = await sql<{ erased: boolean }>`select erase_side(${act}, ${exchangeId}) as erased`.execute(db)
      return rows[0]?.erased ?? false
    },
    async find(exchangeId) {
      const { rows } = await sql<{ kind: RecordKind; due_on: string; due: boolean; has_side: boolean }>`
        select kind, to_char(due_on, 'YYYY-MM-DD') as due_on, due_on <= china_day(clock_timestamp()) as due, has_side
          from (
            select k.kind, retention_due_on(r.recorded_at, k.kind) as due_on, s.index is not null as has_side
              from exchange_ids e
              join records r on r.index = e.index and r.recorded_at = e.recorded_at
              left join record_sides s on s.index = e.index and s.recorded_at = e.recorded_at
             cross join lateral (select retention_kind(r.mode, r.outcome) as kind) k
             where e.exchange_id = ${exchangeId}
          ) found`.execute(db)
      const [row] = rows
      return row && { kind: row.kind, dueOn: row.due_on, due: row.due, hasSide: row.has_side }
    },
    close: () => Promise.all([db.destroy(), held.close()]).then(() => undefined),
  }
}

async function readRules(db: Kysely<Tables>): Promise<RetentionRule[]> {
  const { rows } = await sql<{
    id: string
    record_zh: string
    record_en: string
    source_zh: string
    source_en: string
    statutory_months: number
    months: number
    applies_to: (RecordKind | HeldKind)[]
  }>`select * from retention_rules order by months, id`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    record: { zh: row.record_zh, en: row.record_en },
    source: { zh: row.source_zh, en: row.source_en },
    statutoryMonths: row.statutory_months,
    months: row.months,
    appliesTo: row.applies_to,
  }))
}

async function readStatus(db: Kysely<Tables>): Promise<RetentionStatus> {
  const { rows } = await sql<{
    today: string
    due: Partial<Record<RecordKind, number>> | null
    held: Partial<Record<HeldKind, number>> | null
    first_kept: string
    lowest_kept: string
    size: string
    oldest: string | null
    sides: string
  }>`
    with day as (
      select china_day(clock_timestamp()) as today
    ), cutoffs as materialized (
      select kind, retention_cutoff(kind, today) as cutoff from day, unnest(${[...RECORD_KINDS]}::text[]) as kind
    ), due as (
      select c.kind, count(*)::int as sides
        from cutoffs c
        join records r on retention_kind(r.mode, r.outcome) = c.kind and r.recorded_at < c.cutoff
        join record_sides s on s.index = r.index and s.recorded_at = r.recorded_at
       group by c.kind
    ), held as (
      select h.kind, count(*)::int as rows
        from (select 'event' as kind, reported_at as begins from events
              union all select 'correction', ended_at from corrections
              union all select 'notice', raised_at from change_notices n
                         where not exists (select from declarations d where d.exchange_id = n.exchange_id)
              union all select 'suppression', valid_until from dossier_suppressions
              union all select 'declared', ended_at from declared_values_ended
              union all select 'declared', '-infinity' from declarations_abandoned
              -- One nobody saw has no end to count from: it is due as soon as it is listed there (077-people-retention).
              union all select 'task', case when unseen then '-infinity' else ended_at end from clerk_tasks_ended) h
        join (select kind, retention_cutoff(kind, today) as cutoff from day, unnest(${[...HELD_KINDS]}::text[]) as kind) c
          on c.kind = h.kind and h.begins < c.cutoff
       group by h.kind
    ), tree as (
      select lowest_kept, size from log_tree
    )
    select to_char(today, 'YYYY-MM-DD') as today,
           (select jsonb_object_agg(kind, sides) from due) as due,
           (select jsonb_object_agg(kind, rows) from held) as held,
           coalesce((select min(r.index) from records r join cutoffs c on retention_kind(r.mode, r.outcome) = c.kind
                      where r.index >= tree.lowest_kept and not coalesce(r.recorded_at < c.cutoff, false)), tree.size) as first_kept,
           tree.lowest_kept, tree.size,
           (select to_char(china_day(min(recorded_at)), 'YYYY-MM-DD') from records) as oldest,
           (select count(*) from record_sides) as sides
      from day, tree`.execute(db)
  const row = rows[0]!
  const [lowestKept, treeSize, firstKept] = [BigInt(row.lowest_kept), BigInt(row.size), BigInt(row.first_kept)]
  const end = firstKept < treeSize ? firstKept : treeSize
  return {
    today: row.today,
    sidesDue: { release: 0, refusal: 0, administration: 0, ...row.due },
    heldDue: { event: 0, correction: 0, notice: 0, suppression: 0, declared: 0, task: 0, ...row.held },
    bundlesDue: Number((end - lowestKept) / 256n),
    lowestKept,
    treeSize,
    oldest: row.oldest,
    sidesKept: Number(row.sides),
  }
}
