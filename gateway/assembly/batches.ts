import type { Hono } from 'hono'
import { openQueueRedis } from '../adapters/redis/connection.ts'
import { createCreateBatch } from '../batches/create.ts'
import { createDecide } from '../batches/decide.ts'
import { createBatchService } from '../batches/service.ts'
import { createUpload } from '../batches/upload.ts'
import type { Catalog } from '../catalog/types.ts'
import { openBatchBell } from '../jobs/run-batch.ts'
import { batchRoutes } from '../routes/batches.ts'
import type { CallDeps } from '../routes/call.ts'
import type { Bindings } from '../routes/exchanges.ts'
import { activeSystemsOnly } from '../tokens/active-systems.ts'
import { type BatchParts, openBatchTools, openCourtesy, startBatchWork } from './batch-work.ts'

export interface Batches {
  /** Runs a single exchange; lines of batches stand back meanwhile, here and in every other process. */
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

/** Batches as departments see them: taken in here; run here too, or by workers of their own (`GUANYI_BATCHES`). */
export function openBatches(parts: BatchParts): Batches {
  const { config, stores, pipeline, now } = parts
  const catalog = (): Catalog => parts.catalog
  if (config.batches === 'off') return OFF
  const { log, grants, replay, newId } = stores
  const tools = openBatchTools(parts)
  const { store, staging, drafts, acts } = tools
  const runsLines = config.batches === 'on'
  const courtesy = openCourtesy(parts, runsLines)
  const work = runsLines ? startBatchWork(parts, tools, courtesy) : null
  const bell = config.redisUrl === null ? null : openBatchBell(openQueueRedis(config.redisUrl, () => undefined))
  const service = createBatchService({
    store,
    staging,
    create: createCreateBatch({
      gatewayId: config.gatewayId,
      replay,
      log,
      now,
      authenticate: pipeline.stages.authenticate,
      decide: createDecide({ grants, decisions: pipeline.decisions, now }),
      store,
      drafts,
      staging,
    }),
    upload: createUpload({ store, staging, newId: () => newId(now()), giveWay: courtesy.giveWay }),
    acts,
    // Unheard, it costs two seconds: whoever runs lines looks by itself.
    wake: (batch) => void bell?.ring(batch).catch(() => undefined),
    newId: () => newId(now()),
    now,
  })

  return {
    beside: courtesy.single,
    routes: (call) => [
      batchRoutes({ ...call, tokens: activeSystemsOnly(stores.tokens, catalog), catalog, batches: service }),
    ],
    async stop() {
      service.stop()
      courtesy.close()
      await Promise.allSettled([work?.stop(), bell?.close()])
    },
    close: () => store.close(),
  }
}
