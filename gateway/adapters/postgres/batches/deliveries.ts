import { type Kysely, sql } from 'kysely'
import type { BatchStore, Delivery } from '../../../batches/types.ts'
import type { Tables } from '../tables.ts'

type DeliveryMethods = Pick<BatchStore, 'takeDeliveries' | 'endDelivery' | 'deliveries'>

/** One notice per address, due at once. */
export async function addDeliveries(db: Kysely<Tables>, batch: string, urls: readonly string[]): Promise<void> {
  if (urls.length === 0) return
  await sql`
    insert into batch_deliveries (batch, url, next_at)
    select ${batch}, u, clock_timestamp() from unnest(${[...urls]}::text[]) u on conflict do nothing`.execute(db)
}

/** Notices of completion, until they have arrived or are dead. */
export function createBatchDeliveries(db: Kysely<Tables>): DeliveryMethods {
  return {
    async takeDeliveries(limit, holdMs) {
      const { rows } = await sql<Delivery>`
        update batch_deliveries d
           set next_at = clock_timestamp() + ${holdMs} * interval '1 millisecond', attempts = d.attempts + 1
          from (select batch, url from batch_deliveries where state = 'pending' and next_at <= clock_timestamp()
                 order by next_at limit ${limit} for update skip locked) due
         where d.batch = due.batch and d.url = due.url
        returning d.batch, d.url, d.attempts`.execute(db)
      return rows
    },
    async endDelivery({ batch, url }, { state, failure, inMs }) {
      await sql`
        update batch_deliveries
           set state = ${state}, last_failure = ${failure},
               next_at = clock_timestamp() + ${inMs} * interval '1 millisecond'
         where batch = ${batch} and url = ${url}`.execute(db)
    },
    async deliveries(limit) {
      const { rows } = await sql<{
        batch: string
        url: string
        attempts: number
        state: 'pending' | 'delivered' | 'dead'
        next_at: Date
        last_failure: string | null
      }>`select * from batch_deliveries order by state <> 'dead', next_at desc limit ${limit}`.execute(db)
      return rows.map(({ next_at, last_failure, ...row }) => ({
        ...row,
        nextAtMs: next_at.getTime(),
        lastFailure: last_failure,
      }))
    },
  }
}
