import { type Kysely, sql } from 'kysely'
import type { BatchStore, PreparedLine, StagedLine } from '../../batches/types.ts'
import { type BatchRow, batchOf } from './batch-rows.ts'
import type { Tables } from './tables.ts'

type TurnMethods = Pick<
  BatchStore,
  'hasWork' | 'claim' | 'renew' | 'unfinished' | 'prepare' | 'settle' | 'end' | 'release'
>

/** One claim at a time, over all gateways: a claim is a few index probes, and hands out a hundred lines. */
const CLAIMS = 7_310_602

/** Results not acknowledged by then are destroyed. */
const RESULTS_KEPT = '7 days'

/** Who may run which lines. Leases are measured by the database's clock: gateways' own may differ. */
export function createBatchTurns(db: Kysely<Tables>): TurnMethods {
  return {
    async hasWork() {
      const { rows } = await sql<{ work: boolean }>`
        select exists (select from batch_turns where until < clock_timestamp())
            or exists (select from batches where state = 'running' and next_line <= line_count) as work`.execute(db)
      return rows[0]!.work
    },

    claim: (options) =>
      db.transaction().execute(async (tx) => {
        await sql`select pg_advisory_xact_lock(${CLAIMS})`.execute(tx)
        const taken = (await takeOver(tx, options)) ?? (await takeNext(tx, options))
        if (taken === undefined) return undefined
        const { rows } = await sql<BatchRow>`select * from batches where id = ${taken.batch}`.execute(tx)
        const batch = batchOf(rows[0]!)
        return {
          batch: { ...batch, upload: batch.upload! },
          firstLine: taken.first_line,
          lastLine: taken.last_line,
          token: options.token,
        }
      }),

    async renew({ batch, firstLine, token }, leaseMs) {
      const { rows } = await sql<{ state: string }>`
        update batch_turns t set until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
          from batches b
         where t.batch = ${batch.id} and t.first_line = ${firstLine} and t.token = ${token} and b.id = t.batch
        returning b.state`.execute(db)
      if (rows[0] === undefined) return 'lost'
      return rows[0].state === 'running' ? 'held' : 'cancelled'
    },

    async unfinished({ batch, firstLine, lastLine }) {
      const { rows } = await sql<StagedLine>`
        select line, exchange_id as "exchangeId", sealed_line as sealed from batch_lines
         where upload = ${batch.upload} and line between ${firstLine} and ${lastLine} and state <> 'done'
         order by line`.execute(db)
      return rows
    },

    async prepare(lines) {
      const column = <V>(of: (line: PreparedLine) => V): V[] => lines.map(of)
      await db.transaction().execute(async (tx) => {
        // The record's commit that follows flushes everything before it: this one need not wait for the disk itself.
        await sql`set local synchronous_commit = off`.execute(tx)
        await sql`
          update batch_lines l
             set state = 'prepared', outcome = d.outcome, evidence_hash = d.hash, sealed_result = d.sealed
            from unnest(${column(({ upload }) => upload)}::text[], ${column(({ line }) => line)}::int[],
                        ${column(({ outcome }) => outcome)}::text[], ${column(({ evidenceHash }) => evidenceHash)}::bytea[],
                        ${column(({ sealed }) => sealed)}::bytea[]) as d (upload, line, outcome, hash, sealed)
           where l.upload = d.upload and l.line = d.line and l.state <> 'done'`.execute(tx)
      })
    },

    async settle({ batch, firstLine, lastLine }) {
      const { rows } = await sql<{ settled: number }>`
        select settle_batch_lines(${batch.id}, ${batch.upload}, ${firstLine}, ${lastLine}) as settled`.execute(db)
      return rows[0]!.settled
    },

    end: ({ batch, firstLine, lastLine, token }) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<{
          state: string
        }>`select state from batches where id = ${batch.id} for update`.execute(tx)
        const ended = await sql`
          delete from batch_turns where batch = ${batch.id} and first_line = ${firstLine} and token = ${token}`.execute(
          tx,
        )
        if (ended.numAffectedRows !== 1n) return false
        if (rows[0]!.state === 'cancelled')
          await sql`
            delete from batch_lines where upload = ${batch.upload} and line between ${firstLine} and ${lastLine}
               and state <> 'done'`.execute(tx)
        return await completed(tx, batch.id)
      }),

    async release({ batch, firstLine, token }) {
      await sql`
        update batch_turns set until = clock_timestamp() - interval '1 millisecond'
         where batch = ${batch.id} and first_line = ${firstLine} and token = ${token}`.execute(db)
    },
  }
}

/** A batch is complete when no line is left to hand out and no turn is out. Needs the batch's row locked. */
export async function completed(tx: Kysely<Tables>, id: string): Promise<boolean> {
  const done = await sql`
    update batches b
       set state = case b.state when 'running' then 'completed' else b.state end, completed_at = clock_timestamp(),
           expires_at = clock_timestamp() + ${RESULTS_KEPT}::interval, revision = b.revision + 1
     where b.id = ${id} and b.completed_at is null and (b.next_line > b.line_count or b.state = 'cancelled')
       and not exists (select from batch_turns t where t.batch = b.id)`.execute(tx)
  return done.numAffectedRows === 1n
}

interface Taken {
  batch: string
  first_line: number
  last_line: number
}
type ClaimOptions = Parameters<BatchStore['claim']>[0]

/** What a worker left behind that died or lost the database. */
async function takeOver(tx: Kysely<Tables>, { token, leaseMs }: ClaimOptions): Promise<Taken | undefined> {
  const { rows } = await sql<Taken>`
    update batch_turns t
       set token = ${token}, until = clock_timestamp() + ${leaseMs} * interval '1 millisecond', attempts = t.attempts + 1
      from (select batch, first_line from batch_turns where until < clock_timestamp() order by attempts, until limit 1) late
     where t.batch = late.batch and t.first_line = late.first_line
    returning t.batch, t.first_line, t.last_line`.execute(tx)
  return rows[0]
}

/** Round robin between members, then between a member's batches; a member never holds more turns than its share. */
async function takeNext(
  tx: Kysely<Tables>,
  { token, lines, leaseMs, turnsPerMember }: ClaimOptions,
): Promise<Taken | undefined> {
  const { rows } = await sql<Taken>`
    with next as (
      select b.id, b.next_line as first_line, least(b.next_line + ${lines}::int - 1, b.line_count) as last_line
        from batches b
       where b.state = 'running' and b.next_line <= b.line_count
         and (select count(*) from batch_turns t join batches o on o.id = t.batch
               where o.member = b.member and t.until >= clock_timestamp()) < ${turnsPerMember}
       order by (select max(o.served_at) from batches o where o.member = b.member and o.state = 'running') nulls first,
                b.served_at nulls first, b.id
       limit 1
    ), moved as (
      update batches b set next_line = n.last_line + 1, served_at = clock_timestamp() from next n where b.id = n.id
    )
    insert into batch_turns (batch, first_line, last_line, token, until)
    select id, first_line, last_line, ${token}, clock_timestamp() + ${leaseMs} * interval '1 millisecond' from next
    returning batch, first_line, last_line`.execute(tx)
  return rows[0]
}
