import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresBatchStore } from '../adapters/postgres/batches/store.ts'
import { onceAway, openQueueRedis } from '../adapters/redis/connection.ts'
import { createRedisPresence } from '../adapters/redis/presence.ts'
import { type BatchActs, createBatchActs } from '../batches/acts.ts'
import { type Courtesy, createCourtesy } from '../batches/courtesy.ts'
import { createNotices } from '../batches/notify.ts'
import { createRunLine } from '../batches/run-line.ts'
import { createTurnRunner } from '../batches/run-turn.ts'
import { createStagingSeal, type StagingSeal } from '../batches/staging-seal.ts'
import type { BatchStore } from '../batches/types.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import { createReportDrafts, type ReportDrafts } from '../events/report-record.ts'
import { startBatchQueue } from '../jobs/run-batch.ts'
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

/** What taking batches in and running them share. */
export interface BatchTools {
  store: BatchStore
  staging: StagingSeal
  drafts: ReportDrafts
  acts: BatchActs
}

export function openBatchTools({ config, catalog, stores, pipeline, now }: BatchParts): BatchTools {
  const { crypto, keys, log, digests } = stores
  const sealKey = keys.secret('record-seal')
  const { policyVersion } = pipeline.decisions
  const store = createPostgresBatchStore({ url: config.databaseUrl })
  const drafts = createReportDrafts({ gatewayId: config.gatewayId, crypto, digests, sealKey, policyVersion })
  return {
    store,
    staging: createStagingSeal(crypto, sealKey),
    drafts,
    acts: createBatchActs({ store, log, drafts, catalog: () => catalog, now }),
  }
}

/** `runsLines`: this process wants to know whether somebody waits at another. Without Redis there is no other. */
export function openCourtesy({ config, stores }: BatchParts, runsLines: boolean): Courtesy & { close(): void } {
  const presence = createRedisPresence({ link: stores.redis, looks: runsLines && config.redisUrl !== null })
  return { ...createCourtesy(presence), close: presence.close }
}

const SWEEP_EVERY_MS = 2_000
const DESTROYED_TOGETHER = 10

/** Runs lines of batches, sends notices and destroys what has expired, until stopped. */
export function startBatchWork(
  { config, catalog, stores, pipeline, telemetry, now }: BatchParts,
  { store, staging, acts }: BatchTools,
  courtesy: Pick<Courtesy, 'line'>,
): { stop(): Promise<void> } {
  const { crypto, keys, log, newId } = stores
  const note = (line: string): void => telemetry.logger.warn(line)
  const nextId = (): string => newId(now())
  const notices = createNotices({
    gatewayId: config.gatewayId,
    store,
    catalog: () => catalog,
    crypto,
    signingKey: keys.signingKey,
    newId: nextId,
    now,
  })
  const runner = createTurnRunner({
    store,
    staging,
    runLine: createRunLine({ stagesOver: pipeline.stagesOver, log, crypto, catalog: () => catalog, staging, now }),
    newToken: nextId,
    courtesy,
    noticeAddresses: notices.addressesOf,
  })
  const connection = config.redisUrl === null ? null : openQueueRedis(config.redisUrl, () => undefined)
  const queue = connection && startBatchQueue({ connection, runner, hasWork: store.hasWork, log: note })

  /** Small and safe to run in every process at once. */
  async function sweep(): Promise<void> {
    // Redis only spreads the work; what is to be done stands in PostgreSQL, so nothing waits for a Redis that is away.
    if (queue !== null && connection?.status === 'ready') await Promise.race([queue.sweep(), sleep(SWEEP_EVERY_MS)])
    else while (await runner.takeTurn());
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
    async stop() {
      clearInterval(timer)
      await Promise.allSettled([sweeping, runner.stop()])
      if (queue === null || connection === null) return
      const closing = queue.close()
      closing.catch(() => undefined)
      await Promise.race([closing, onceAway(connection)])
      connection.disconnect()
    },
  }
}
