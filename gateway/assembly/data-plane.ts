import type { Hono } from 'hono'
import { createLogReaders } from '../adapters/files/log-readers.ts'
import { createApp } from '../app.ts'
import type { AuditService } from '../audit-service.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import type { DossierService } from '../dossier/open.ts'
import type { LogService } from '../log-service.ts'
import { createStrangers } from '../requests/strangers.ts'
import { catalogRoutes } from '../routes/catalog.ts'
import { docsRoutes } from '../routes/docs.ts'
import { type Bindings, exchangeRoutes } from '../routes/exchanges.ts'
import { healthRoutes, type Readiness } from '../routes/health.ts'
import { logRoutes } from '../routes/log.ts'
import { createMayUse } from '../routes/may-use.ts'
import { oauthRoutes } from '../routes/oauth.ts'
import { openApiDocument } from '../routes/openapi.ts'
import { withToken } from '../routes/with-token.ts'
import { runExchange } from '../run-exchange.ts'
import { createExchangeLine } from '../telemetry/exchange-line.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { activeSystemsOnly } from '../tokens/active-systems.ts'
import { VERSION } from '../version.ts'
import type { Batches } from './batches.ts'
import type { Dialects } from './dialects.ts'
import type { People } from './people.ts'
import type { Pipeline } from './pipeline.ts'
import { createPrefill } from './prefill.ts'
import type { Stores } from './stores.ts'

export interface DataPlaneParts {
  config: Config
  catalog: Catalog
  stores: Stores
  pipeline: Pipeline
  dossiers: DossierService
  people: People
  audit: AuditService
  batches: Batches
  dialects: Dialects
  publishedLog: LogService
  telemetry: Telemetry
  readiness: () => Promise<Readiness>
  now: () => number
}

/** What departments' systems see (default port 8080). */
export function createDataPlane(parts: DataPlaneParts): Hono<Bindings> {
  const { config, stores, pipeline, dossiers, audit, publishedLog, telemetry, readiness, now } = parts
  const { tokens, log, grants } = stores
  const readers = activeSystemsOnly(tokens, () => parts.catalog)
  const { trustedProxies, gatewayId, maxBodyBytes } = config
  const catalog = (): Catalog => parts.catalog
  const strangers = createStrangers()
  const { beside } = parts.batches
  const call = { tokens, trustedProxies, strangers, maxBodyBytes, beside, onEnded: createExchangeLine(telemetry), now }
  return createApp({
    logger: telemetry.logger,
    guard: { strangers, trustedProxies },
    routes: [
      exchangeRoutes({
        ...call,
        tokens: readers,
        log,
        run: (received) => telemetry.tracing.exchange(received.op, () => runExchange(received, pipeline.stages)),
      }),
      ...dossiers.dataRoutes(call, {
        authenticate: pipeline.stages.authenticate,
        failures: pipeline.drafts,
        policyVersion: pipeline.decisions.policyVersion,
        onMyData: ({ exchangeId, failure }) =>
          telemetry.logger.info({ exchangeId, op: 'my-data', code: failure?.code ?? null }, 'exchange'),
      }),
      ...parts.people.dataRoutes(call, pipeline),
      ...audit.dataRoutes,
      ...createPrefill(parts, call),
      ...parts.batches.routes(call),
      parts.dialects.routes(call, parts.batches.beside),
      oauthRoutes({
        gatewayId,
        catalog,
        keys: stores.memberKeys,
        crypto: stores.crypto,
        tokens,
        replay: stores.replay,
        log,
        trustedProxies,
        publicJwks: stores.keys.publicJwks,
        now,
      }),
      logRoutes({
        log: publishedLog,
        mayReadEntries: createLogReaders(config.keysDir, {
          now,
          onFault: (path) => telemetry.logger.warn(`log readers file not usable: ${path}`),
        }),
        authenticate: (authorization) => readers.authenticate(authorization, 'data'),
      }),
      withToken(
        readers,
        '/v1/catalog/*',
        catalogRoutes<Bindings>({ catalog, mayUse: createMayUse({ tokens: readers, grants, catalog }) }),
      ),
      docsRoutes(openApiDocument(gatewayId, VERSION)),
      healthRoutes(readiness),
    ],
  })
}
