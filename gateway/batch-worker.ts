import { setPriority } from 'node:os'
import { connectorSchemas } from '../connectors/index.ts'
import { openBatchTools, openCourtesy, startBatchWork } from './assembly/batch-work.ts'
import { openPeople } from './assembly/people.ts'
import { buildPipeline } from './assembly/pipeline.ts'
import { openStores } from './assembly/stores.ts'
import { loadCatalog } from './catalog/load.ts'
import type { Catalog } from './catalog/types.ts'
import type { Config } from './config.ts'
import { openDossiers } from './dossier/open.ts'
import { createShutdown, type Shutdown } from './shutdown.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createTracing } from './telemetry/spans.ts'
import type { Telemetry } from './telemetry/telemetry.ts'

export interface BatchWorker {
  catalog: Catalog
  /** Lines under way to their end, the rest to other workers, stores closed. */
  stop(): Promise<void>
}

/** Records still waiting are written first. */
const STORES_CLOSE_MS = 10_000

/**
 * Runs lines of batches in this process, which answers nobody and stands back for those that do. Any number may run.
 *
 * Errors: as a gateway's, when catalogue, policies, keys, endpoints or database are not fit.
 */
export async function startBatchWorker(
  config: Config,
  logger: Logger,
  now: () => number = Date.now,
): Promise<BatchWorker> {
  const shutdown = createShutdown()
  try {
    return { catalog: await open(config, logger, now, shutdown), stop: shutdown.run }
  } catch (thrown) {
    await shutdown.run()
    throw thrown
  }
}

async function open(config: Config, logger: Logger, now: () => number, shutdown: Shutdown): Promise<Catalog> {
  const telemetry: Telemetry = {
    logger,
    metrics: createMetrics(),
    tracing: createTracing(config.otlpEndpoint, config.gatewayId),
  }
  shutdown.opened(() => Promise.allSettled([telemetry.tracing.close(), telemetry.metrics.close()]))
  const catalog = await loadCatalog(config.catalogDir, { connectorSchemas })
  const note = (line: string): void => logger.warn(line)
  const stores = await openStores(config, () => catalog, note, now)
  shutdown.opened(stores.close, STORES_CLOSE_MS)
  const dossiers = openDossiers({
    gatewayId: config.gatewayId,
    databaseUrl: config.databaseUrl,
    catalog: () => catalog,
    secret: stores.keys.secret,
    identity: null,
    note,
    now,
    ...stores,
  })
  shutdown.opened(dossiers.close)
  const people = openPeople(config, () => catalog, stores, now)
  shutdown.opened(people.close)
  const pipeline = await buildPipeline(config, catalog, stores, dossiers, people, telemetry, now)
  shutdown.opened(pipeline.connectors.close)
  const parts = { config, catalog, stores, pipeline, telemetry, now }
  const tools = openBatchTools(parts)
  shutdown.opened(tools.store.close)
  const courtesy = openCourtesy(parts, true)
  shutdown.opened(async () => courtesy.close())
  const work = startBatchWork(parts, tools, courtesy)
  shutdown.opened(work.stop, config.shutdownTimeoutMs)
  return catalog
}

/**
 * Whoever is being answered goes first on this machine's processors too, three to one when both want all of them. No lower:
 * on a machine that is always busy a batch would stand still (measured at 10 and 19: no line in a quarter of a minute).
 */
export function standBack(): void {
  setPriority(5)
}
