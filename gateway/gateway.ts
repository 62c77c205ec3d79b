import { setTimeout as sleep } from 'node:timers/promises'
import { connectorSchemas } from '../connectors/index.ts'
import { createApp } from './app.ts'
import { createDataPlane } from './assembly/data-plane.ts'
import { buildPipeline } from './assembly/pipeline.ts'
import { publishLog } from './assembly/published-log.ts'
import { openStores } from './assembly/stores.ts'
import { loadCatalog } from './catalog/load.ts'
import type { Catalog } from './catalog/types.ts'
import type { Config } from './config.ts'
import { createStrangers } from './requests/strangers.ts'
import { healthRoutes, type Readiness } from './routes/health.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { listen } from './server.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createTracing } from './telemetry/spans.ts'
import type { Telemetry } from './telemetry/telemetry.ts'

export interface Gateway {
  dataUrl: string
  managementUrl: string
  catalog: Catalog
  /** Ordered: not ready, no new calls, calls under way to their end, records written, stores closed. */
  stop(): Promise<void>
}

/**
 * Builds every part over its adapters and listens on both planes.
 *
 * Errors: refuses to start, saying why, when catalogue, policies, keys, endpoints or database are not fit (design §11).
 */
export async function startGateway(config: Config, logger: Logger, now: () => number = Date.now): Promise<Gateway> {
  const telemetry: Telemetry = {
    logger,
    metrics: createMetrics(),
    tracing: createTracing(config.otlpEndpoint, config.gatewayId),
  }
  const catalog = await loadCatalog(config.catalogDir, { connectorSchemas })
  const stores = await openStores(
    config,
    () => catalog,
    (line) => logger.warn(line),
    now,
  )
  const pipeline = await buildPipeline(config, catalog, stores, telemetry, now)
  const publishedLog = await publishLog(config, stores, telemetry, now)

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
  const parts = { config, catalog, stores, pipeline, publishedLog, telemetry, readiness, now }
  const data = await listen(createDataPlane(parts), config.data)
  const managementApp = createApp({
    logger,
    guard: { strangers: createStrangers(), trustedProxies: config.trustedProxies },
    routes: [metricsRoutes(telemetry.metrics), healthRoutes(readiness)],
  })
  const management = await listen(managementApp, config.management)
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
    async stop() {
      if (stopping) return
      stopping = true
      // A balancer sees `/readyz` turn false before the first call is refused.
      await sleep(config.profile === 'production' ? 1_000 : 50)
      await data.close(config.shutdownTimeoutMs)
      await publishedLog.stop()
      await stores.close()
      await Promise.allSettled([
        pipeline.connectors.close(),
        management.close(1_000),
        telemetry.tracing.close(),
        telemetry.metrics.close(),
      ])
      logger.info('stopped')
    },
  }
}
