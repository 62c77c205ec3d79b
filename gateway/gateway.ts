import { setTimeout as sleep } from 'node:timers/promises'
import { connectorSchemas } from '../connectors/index.ts'
import { readPolicyTexts } from '../policies/load.ts'
import { startSchedule } from './adapters/bullmq/schedule.ts'
import { openBatches } from './assembly/batches.ts'
import { createDataPlane } from './assembly/data-plane.ts'
import { openDialects } from './assembly/dialects.ts'
import { openExchangeParts } from './assembly/exchange-parts.ts'
import { createManagementPlane } from './assembly/management-plane.ts'
import { publishLog } from './assembly/published-log.ts'
import type { Catalog } from './catalog/types.ts'
import type { Config } from './config.ts'
import type { DossierService } from './dossier/open.ts'
import { keepPublishedVersions, policyText, readCatalogText } from './evidence-package/published-versions.ts'
import type { EvidenceStore } from './evidence-package/types.ts'
import { runHere } from './jobs/run-here.ts'
import type { Readiness } from './routes/health.ts'
import { listen } from './server.ts'
import { createShutdown, type Shutdown } from './shutdown.ts'
import type { Logger } from './telemetry/logger.ts'

/** `path` in Hono's spelling. */
export interface ServedRoute {
  method: string
  path: string
}

export interface Gateway {
  dataUrl: string
  managementUrl: string
  catalog: Catalog
  /** What each plane answers, as its app has it. */
  routes: { data: readonly ServedRoute[]; management: readonly ServedRoute[] }
  /** Ordered: not ready, no new calls, calls under way to their end, records written, stores closed. */
  stop(): Promise<void>
}

/**
 * Builds every part over its adapters and listens on both planes.
 *
 * Errors: refuses to start, saying why, when catalogue, policies, keys, endpoints or database are not fit (design §11).
 */
export async function startGateway(config: Config, logger: Logger, now: () => number = Date.now): Promise<Gateway> {
  const shutdown = createShutdown()
  try {
    return await openGateway(config, logger, now, shutdown)
  } catch (thrown) {
    // What was opened before the fault would keep the process alive.
    await shutdown.run()
    throw thrown
  }
}

async function openGateway(config: Config, logger: Logger, now: () => number, shutdown: Shutdown): Promise<Gateway> {
  const exchange = await openExchangeParts(config, logger, now, shutdown)
  const { catalog, stores, pipeline, dossiers, telemetry } = exchange
  const note = (line: string): void => logger.warn(line)
  const publishedLog = await publishLog(config, stores, telemetry, now)
  shutdown.opened(publishedLog.stop)

  let stopping = false
  async function readiness(): Promise<Readiness> {
    const tree = publishedLog.readiness()
    const checks = {
      running: !stopping,
      log: await stores.log.ready(),
      // Neither keeps an exchange from being answered: Redis away costs speed, an unsigned tree is an alarm.
      redis: stores.redis.isUp(),
      checkpoints: tree.ready,
    }
    return { ready: checks.running && checks.log, checks }
  }
  const parts = { ...exchange, publishedLog, readiness }
  const plane = createManagementPlane(parts)
  shutdown.opened(plane.close)
  await keepVersions(config, catalog, pipeline.decisions.policyVersion, plane.evidence)
  const projections = startProjections(config, dossiers, note)
  shutdown.opened(projections.close)
  for (const task of dossiers.ownTasks) shutdown.opened(runHere(task, note).close)
  const management = await listen(plane.app, config.management)
  shutdown.opened(() => management.close(1_000))
  const batches = openBatches(parts)
  shutdown.opened(() => batches.close())
  const dialects = openDialects(parts)
  shutdown.opened(dialects.close)
  const dataPlane = createDataPlane({ ...parts, batches, dialects, audit: plane.audit })
  const data = await listen(dataPlane, config.data)
  // The last to be opened and the first to be closed: calls under way end while everything below still stands.
  shutdown.opened(() => data.close(config.shutdownTimeoutMs), config.shutdownTimeoutMs + 1_000)
  shutdown.opened(() => batches.stop())
  logger.info(
    {
      dataPlane: data.url,
      managementPlane: management.url,
      platform: config.platform,
      catalog: catalog.version,
      policies: pipeline.decisions.policyVersion,
    },
    'listening',
  )

  return {
    dataUrl: data.url,
    managementUrl: management.url,
    catalog,
    routes: { data: servedBy(dataPlane), management: servedBy(plane.app) },
    async stop() {
      if (stopping) return
      stopping = true
      // A balancer sees `/readyz` turn false before the first call is refused.
      await sleep(config.profile === 'production' ? 1_000 : 50)
      await shutdown.run()
      logger.info('stopped')
    },
  }
}

/** Without middleware, which answers nothing by itself. */
const servedBy = ({ routes }: { routes: readonly ServedRoute[] }): ServedRoute[] =>
  routes
    .filter(({ path }) => !path.endsWith('/*') || path.startsWith('/log/'))
    .map(({ method, path }) => ({ method, path }))

/** What this gateway decides and records under can still be read when it has moved on. */
async function keepVersions(
  config: Config,
  catalog: Catalog,
  policyVersion: string,
  store: EvidenceStore,
): Promise<void> {
  const texts = {
    catalog: await readCatalogText(config.catalogDir, { connectorSchemas }),
    policy: policyText(readPolicyTexts(config.policyDir)),
  }
  await keepPublishedVersions(store, texts, { catalog: catalog.version, policy: policyVersion })
}

const TRY_AGAIN_MS = 5_000

/** Projections that could not be made at once. Their schedule needs Redis, and waits for it where it is away at start. */
function startProjections(config: Config, dossiers: DossierService, note: (line: string) => void) {
  const stop = new AbortController()
  const schedule = {
    redisUrl: config.redisUrl ?? '',
    queueName: 'guanyi-notices',
    tasks: dossiers.tasks,
    log: note,
    renewMs: 60_000,
  }
  async function started(): Promise<{ close(): Promise<void> } | null> {
    for (let attempt = 1; config.redisUrl !== null && !stop.signal.aborted; attempt += 1) {
      const running = await startSchedule(schedule).catch(() => null)
      if (running !== null) return running
      if (attempt === 1) note('projections are not scheduled yet: Redis is away at start')
      await sleep(TRY_AGAIN_MS, undefined, { ref: false, signal: stop.signal }).catch(() => undefined)
    }
    return null
  }
  const running = started()
  return {
    async close() {
      stop.abort()
      await (await running)?.close()
    },
  }
}
