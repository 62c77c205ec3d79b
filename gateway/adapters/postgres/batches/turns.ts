import { type Kysely, sql } from 'kysely'
import type { BatchStore, StagedLine } from '../../../batches/types.ts'
import type { Tables } from '../tables.ts'
import { addDeliveries } from './deliveries.ts'
import { type BatchRow, batchOf } from './rows.ts'

type TurnMethods = Pick<BatchStore, 'hasWork' | 'claim' | 'renew' | 'unfinished' | 'end' | 'release' | 'stuck'>

/** One claim at a time, over all gateways: a claim is a few index probes, and hands out a hundred lines. */
const CLAIMS = 7_310_602

/** Results not acknowledged by then are destroyed. */
const RESULTS_KEPT = '7 days'

/** Between attempts at a turn of which no line can be finished. */
const FIRST_PAUSE = '500 milliseconds'
const LONGEST_PAUSE = '1 minute'
const STUCK_AFTER = 3

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

    end: ({ batch, firstLine, lastLine, token }, noticeUrls) =>
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
        if (!(await completed(tx, batch.id))) return false
        await addDeliveries(tx, batch.id, noticeUrls)
        return true
      }),

    async release({ batch, firstLine, token }, progressed) {
      const pause = sql`least(${LONGEST_PAUSE}::interval, ${FIRST_PAUSE}::interval * 2 ^ least(attempts - 1, 16))`
      await sql`
        update batch_turns
           set until = clock_timestamp() - interval '1 millisecond' + ${progressed ? sql`interval '0'` : pause},
               attempts = ${progressed ? sql`0` : sql`attempts`}
         where batch = ${batch.id} and first_line = ${firstLine} and token = ${token}`.execute(db)
    },

    async stuck(limit) {
      const { rows } = await sql<{
        batch: string
        first_line: number
        last_line: number
        attempts: number
        until: Date
      }>`select * from batch_turns where attempts >= ${STUCK_AFTER} order by attempts desc, batch limit ${limit}`.execute(
        db,
      )
      return rows.map(({ batch, first_line, last_line, attempts, until }) => ({
        batch,
        firstLine: first_line,
        lastLine: last_line,
        attempts,
        nextAtMs: until.getTime(),
      }))
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
