import type { Hono } from 'hono'
import { createPostgresBatchStore } from '../adapters/postgres/batch-store.ts'
import { openQueueRedis } from '../adapters/redis/connection.ts'
import { createBatchActs } from '../batches/acts.ts'
import { createCourtesy } from '../batches/courtesy.ts'
import { createCreateBatch } from '../batches/create.ts'
import { createDecide } from '../batches/decide.ts'
import { gathered } from '../batches/gathered.ts'
import { createNotices } from '../batches/notify.ts'
import { createRunLine } from '../batches/run-line.ts'
import { createTurnRunner } from '../batches/run-turn.ts'
import { createBatchService } from '../batches/service.ts'
import { createStagingSeal } from '../batches/staging-seal.ts'
import type { PreparedLine } from '../batches/types.ts'
import { createUpload } from '../batches/upload.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import { createReportDrafts } from '../events/report-record.ts'
import { type BatchQueue, startBatchQueue } from '../jobs/run-batch.ts'
import { batchRoutes } from '../routes/batches.ts'
import type { CallDeps } from '../routes/call.ts'
import type { Bindings } from '../routes/exchanges.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stores } from './stores.ts'

export interface BatchParts {
  config: Config
  catalog: Catalog
  stores: Stores
  pipeline: Pipeline
  telemetry: Telemetry
  now: () => number
}

export interface Batches {
  /** Runs a single exchange; lines of batches in this process wait meanwhile. */
  beside<T>(single: () => Promise<T>): Promise<T>
  routes(call: CallDeps): Hono<Bindings>[]
  /** No further line is begun, streams of progress end, turns go to other gateways. */
  stop(): Promise<void>
  /** Once nobody is being answered any more. */
  close(): Promise<void>
}

const OFF: Batches = {
  beside: (single) => single(),
  routes: () => [],
  stop: async () => undefined,
  close: async () => undefined,
}
const SWEEP_EVERY_MS = 2_000
const DESTROYED_TOGETHER = 10

/** Batches, taken in and run by every gateway process; a process whose Redis is away takes in and leaves running to others. */
export function openBatches({ config, catalog, stores, pipeline, telemetry, now }: BatchParts): Batches {
  if (!config.batches) return OFF
  const { crypto, keys, log, grants, replay, digests, newId } = stores
  const { gatewayId } = config
  const note = (line: string): void => telemetry.logger.warn(line)
  const store = createPostgresBatchStore({ url: config.databaseUrl })
  const staging = createStagingSeal(crypto, keys.secret('record-seal'))
  const sealKey = keys.secret('record-seal')
  const drafts = createReportDrafts({
    gatewayId,
    crypto,
    digests,
    sealKey,
    policyVersion: pipeline.decisions.policyVersion,
  })
  const acts = createBatchActs({ store, log, drafts, catalog: () => catalog, now })
  const nextId = (): string => newId(now())
  const notices = createNotices({
    gatewayId,
    store,
    catalog: () => catalog,
    crypto,
    signingKey: keys.signingKey,
    newId: nextId,
    now,
  })
  const prepare = gathered<PreparedLine>((lines) => store.prepare(lines))
  const runLine = createRunLine({ stages: pipeline.stages, crypto, catalog: () => catalog, staging, prepare, now })
  const courtesy = createCourtesy()
  const runner = createTurnRunner({
    store,
    staging,
    runLine,
    newToken: nextId,
    giveWay: courtesy.giveWay,
    onCompleted: notices.enqueue,
  })
  const queue = startQueue()
  const service = createBatchService({
    store,
    staging,
    create: createCreateBatch({
      gatewayId,
      replay,
      log,
      now,
      authenticate: pipeline.stages.authenticate,
      decide: createDecide({ grants, decisions: pipeline.decisions, now }),
      store,
      drafts,
      staging,
    }),
    upload: createUpload({ store, staging, newId: nextId }),
    acts,
    wake: (batch) => void queue?.wake(batch).catch(() => undefined),
    now,
  })

  function startQueue(): BatchQueue | null {
    if (config.redisUrl === null) return null
    const connection = openQueueRedis(config.redisUrl, () => undefined)
    const started = startBatchQueue({ connection, runner, hasWork: store.hasWork, log: note })
    return {
      ...started,
      async close() {
        await started.close()
        connection.disconnect()
      },
    }
  }

  /** Small and safe to run in every process at once. */
  async function sweep(): Promise<void> {
    if (queue === null) while (await runner.takeTurn());
    else await queue.sweep()
    await notices.deliver()
    for (const batch of await store.due(now(), DESTROYED_TOGETHER)) await acts.destroy(batch, 'expired')
    await store.dropAbandoned()
  }
  let sweeping: Promise<void> = Promise.resolve()
  let idle = true
  const timer = setInterval(() => {
    if (!idle) return
    idle = false
    sweeping = sweep()
      .catch((thrown: Error) => note(`批次巡检未完成 batch sweep broke off: ${thrown.message}`))
      .finally(() => {
        idle = true
      })
  }, SWEEP_EVERY_MS)

  return {
    beside: courtesy.single,
    routes: (call) => [batchRoutes({ ...call, tokens: stores.tokens, batches: service })],
    async stop() {
      clearInterval(timer)
      runner.stop()
      service.stop()
      await Promise.allSettled([sweeping, queue?.close()])
    },
    close: () => store.close(),
  }
}
