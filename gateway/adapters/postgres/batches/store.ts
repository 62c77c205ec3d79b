import { sql } from 'kysely'
import type { BatchStore, ResultRow } from '../../../batches/types.ts'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import { createReader } from '../reader.ts'
import { createBatchDeliveries } from './deliveries.ts'
import { type BatchRow, batchOf } from './rows.ts'
import { completed, createBatchTurns } from './turns.ts'
import { createBatchUploads } from './uploads.ts'

const MAX_CONNECTIONS = 4
const TIMEOUT_MS = 30_000

/** Batches in PostgreSQL (060-batches); `url` is the service's. */
export function createPostgresBatchStore({ url }: { url: string }): BatchStore {
  const db = createReader({ url, name: 'guanyi-batches', max: MAX_CONNECTIONS, timeoutMs: TIMEOUT_MS })
  return guarded({
    ...createBatchTurns(db),
    ...createBatchDeliveries(db),
    ...createBatchUploads(db),

    async create(batch) {
      await sql`
        insert into batches (id, system, member, scenario, sealed_request, line_count, subjects_sha256, created_at, expires_at)
        values (${batch.id}, ${batch.system}, ${batch.member}, ${batch.scenario}, ${batch.sealedRequest}, ${batch.count},
                ${batch.subjectsSha256}, ${new Date(batch.createdAtMs)}, ${new Date(batch.expiresAtMs)})`.execute(db)
    },
    async drop(id) {
      await sql`delete from batches where id = ${id} and upload is null`.execute(db)
    },
    async find(id) {
      const { rows } = await sql<BatchRow>`select * from batches where id = ${id}`.execute(db)
      return rows[0] && batchOf(rows[0])
    },
    async openOf(system) {
      const { rows } = await sql<{ open: number }>`
        select count(*)::int as open from batches where system = ${system} and state <> 'destroyed'`.execute(db)
      return rows[0]!.open
    },
    async list(limit) {
      const { rows } = await sql<BatchRow>`select * from batches order by created_at desc limit ${limit}`.execute(db)
      return rows.map(batchOf)
    },

    async cancel(id) {
      await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ upload: string | null; next_line: number }>`
          update batches set state = 'cancelled', revision = revision + 1
           where id = ${id} and state in ('awaiting-subjects', 'running') returning upload, next_line`.execute(tx)
        const [batch] = rows
        if (batch === undefined) return
        if (batch.upload !== null)
          await sql`delete from batch_lines where upload = ${batch.upload} and line >= ${batch.next_line}`.execute(tx)
        await completed(tx, id)
      })
    },
    async results(upload, afterLine, limit) {
      const { rows } = await sql<ResultRow>`
        select line, exchange_id as "exchangeId", outcome, sealed_result as sealed from batch_lines
         where upload = ${upload} and line > ${afterLine} and state = 'done' order by line limit ${limit}`.execute(db)
      return rows
    },
    async resultsRead(id, sha256) {
      await sql`update batches set results_sha256 = ${sha256} where id = ${id} and state <> 'destroyed'`.execute(db)
    },
    async destroy(id) {
      await db.transaction().execute(async (tx) => {
        const { rows } = await sql<{ upload: string | null }>`
          update batches set state = 'destroyed', sealed_request = null, subjects_sha256 = null, revision = revision + 1,
                 completed_at = coalesce(completed_at, clock_timestamp())
           where id = ${id} returning upload`.execute(tx)
        await sql`delete from batch_turns where batch = ${id}`.execute(tx)
        await sql`delete from batch_lines where upload = ${rows[0]?.upload ?? null}`.execute(tx)
      })
    },
    async due(nowMs, limit) {
      // A batch at work is left to finish: what it holds expires a week after that.
      const { rows } = await sql<BatchRow>`
        select * from batches
         where state <> 'destroyed' and (state = 'awaiting-subjects' or completed_at is not null)
           and expires_at <= ${new Date(nowMs)}
         order by expires_at limit ${limit}`.execute(db)
      return rows.map(batchOf)
    },
    close: () => db.destroy(),
  })
}

/** One face of failure. The driver's own words stay behind: they quote rows. */
function guarded(store: BatchStore): BatchStore {
  const wrap =
    (method: (...given: never[]) => Promise<unknown>) =>
    (...given: never[]) =>
      method(...given).catch((thrown: unknown) => {
        if (thrown instanceof ExchangeError) throw thrown
        const code = (thrown as { code?: string }).code ?? 'none'
        throw new ExchangeError('record.unavailable', `the store of batches did not answer (code \`${code}\`)`)
      })
  return Object.fromEntries(
    Object.entries(store).map(([name, method]) => [name, name === 'close' ? method : wrap(method)]),
  ) as unknown as BatchStore
}
