import { sql } from 'kysely'
import type { LogUpkeep } from '../../../ports/log-upkeep.ts'
import { LOCK_WAIT_MS } from '../lock-patience.ts'
import { createReader } from '../reader.ts'

/** Rows cleared per statement: a few hundred milliseconds, so that no append waits longer. */
const BITE = 10_000

/** The owner's side of the log: `url` logs in as the role that owns the tables. */
export function createPostgresLogUpkeep({ url }: { url: string }): LogUpkeep {
  const db = createReader({ url, name: 'guanyi-upkeep', max: 1, timeoutMs: 60_000 })
  return {
    async makePartitions(nowMs, ahead) {
      const { rows } = await db.transaction().execute(async (tx) => {
        // Behind a backup, which holds the default partition, every reader of the log would wait with it. There is time.
        await sql`set local lock_timeout = ${sql.lit(LOCK_WAIT_MS)}`.execute(tx)
        return await sql<{ partition: string; outcome: string }>`
          select partition, outcome from make_partitions(${ahead}, to_timestamp(${nowMs / 1000}::float8))`.execute(tx)
      })
      const which = (outcome: string) => rows.filter((row) => row.outcome === outcome).map((row) => row.partition)
      return { made: which('made'), keptInDefault: which('kept-in-default') }
    },
    async clearRequestIds(beforeMs) {
      for (let total = 0; ; ) {
        const { rows } = await sql<{ cleared: number }>`
          select clear_request_ids(to_timestamp(${beforeMs / 1000}::float8), ${BITE}) as cleared`.execute(db)
        const cleared = rows[0]?.cleared ?? 0
        total += cleared
        if (cleared < BITE) return total
      }
    },
    close: () => db.destroy(),
  }
}
