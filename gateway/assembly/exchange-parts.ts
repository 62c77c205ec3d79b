import { connectorSchemas } from '../../connectors/index.ts'
import { loadCatalog } from '../catalog/load.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import { type DossierService, openDossiers } from '../dossier/open.ts'
import type { Shutdown } from '../shutdown.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { createTracing } from '../telemetry/spans.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { openPeople, type People } from './people.ts'
import { buildPipeline, type Pipeline } from './pipeline.ts'
import { openStores, type Stores } from './stores.ts'

/** What it takes to decide, fetch, sign and record an exchange, whether it is answered over HTTP or is a line of a batch. */
export interface ExchangeParts {
  config: Config
  catalog: Catalog
  stores: Stores
  dossiers: DossierService
  people: People
  pipeline: Pipeline
  telemetry: Telemetry
  now: () => number
}

/** Records still waiting are written first. */
const STORES_CLOSE_MS = 10_000

/**
 * Opens everything an exchange goes through; what is open is told to `shutdown` as it comes.
 *
 * Errors: says why, when catalogue, policies, keys, endpoints or database are not fit (design §11).
 */
export async function openExchangeParts(
  config: Config,
  logger: Logger,
  now: () => number,
  shutdown: Shutdown,
): Promise<ExchangeParts> {
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
  const people = openPeople(config, () => catalog, stores, now)
  shutdown.opened(people.close)
  const dossiers = openDossiers({
    gatewayId: config.gatewayId,
    databaseUrl: config.databaseUrl,
    catalog: () => catalog,
    secret: stores.keys.secret,
    identity: config.identity,
    declarations: people.declarations,
    note,
    now,
    ...stores,
  })
  shutdown.opened(dossiers.close)
  const pipeline = await buildPipeline(config, catalog, stores, dossiers, people, telemetry, now)
  shutdown.opened(pipeline.connectors.close)
  return { config, catalog, stores, dossiers, people, pipeline, telemetry, now }
}
