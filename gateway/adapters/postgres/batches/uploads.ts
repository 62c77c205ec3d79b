import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { BatchState, BatchStore } from '../../../batches/types.ts'
import { byteaArray, int8Array, textArray } from '../log/binary-array.ts'
import type { Tables } from '../tables.ts'

type UploadMethods = Pick<BatchStore, 'beginUpload' | 'stage' | 'acceptUpload' | 'dropUpload' | 'dropAbandoned'>

/**
 * Subjects on their way in: one upload per batch at a time (101-one-upload), so that what a batch can have staged is bounded
 * by its lines. The later one wins, since the earlier may hang on a line that died or in a process that did.
 *
 * Order of locks: the batch, its upload, lines.
 */
export function createBatchUploads(db: Kysely<Tables>): UploadMethods {
  return {
    beginUpload: (upload, batch) =>
      db.transaction().execute(async (tx) => {
        await sql`select from batches where id = ${batch} for no key update`.execute(tx)
        await drop(tx, sql`batch = ${batch}`)
        await sql`insert into batch_uploads (id, batch) values (${upload}, ${batch})`.execute(tx)
      }),

    // The upload's row is held meanwhile: whoever drops it waits, and then sees these lines and drops them too.
    async stage(upload, lines) {
      const staged = await sql`
        with held as (select id from batch_uploads where id = ${upload} for share)
        insert into batch_lines (upload, line, exchange_id, sealed_line)
        select held.id, d.line, d.exchange_id, d.sealed
          from held,
               unnest(${int8Array(lines.map(({ line }) => BigInt(line)))}::bigint[],
                      ${textArray(lines.map(({ exchangeId }) => exchangeId))}::text[],
                      ${byteaArray(lines.map(({ sealed }) => sealed))}::bytea[]) as d (line, exchange_id, sealed)`.execute(
        db,
      )
      return staged.numAffectedRows === BigInt(lines.length)
    },

    acceptUpload: (upload, batch) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<{
          state: BatchState
        }>`select state from batches where id = ${batch} for update`.execute(tx)
        if (rows[0]?.state !== 'awaiting-subjects') return 'not-awaited'
        const whole = await sql`delete from batch_uploads where id = ${upload}`.execute(tx)
        if (whole.numAffectedRows !== 1n) return 'overtaken'
        await sql`
          update batches set upload = ${upload}, state = 'running', revision = revision + 1 where id = ${batch}`.execute(
          tx,
        )
        return 'accepted'
      }),

    // Only while it is nobody's: an acceptance whose answer was lost may have made it the batch's own.
    async dropUpload(upload) {
      await db.transaction().execute((tx) => drop(tx, sql`id = ${upload}`))
    },
    dropAbandoned: () =>
      db.transaction().execute((tx) => drop(tx, sql`begun_at < clock_timestamp() - interval '1 hour'`)),
  }
}

/** Two statements, since the second must see what was staged until the first had the row. */
async function drop(tx: Kysely<Tables>, which: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ id: string }>`delete from batch_uploads where ${which} returning id`.execute(tx)
  if (rows.length > 0)
    await sql`delete from batch_lines where upload = any(${textArray(rows.map(({ id }) => id))}::text[])`.execute(tx)
  return rows.length
}
