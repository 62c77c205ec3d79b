import type { Hono } from 'hono'
import { createPostgresPrefillStore } from '../adapters/postgres/prefill/store.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import type { LogService } from '../log-service.ts'
import { createKept } from '../prefill/keep.ts'
import { createRecheck } from '../prefill/recheck.ts'
import { underDeadline } from '../prefill/run-leg.ts'
import { runPrefill } from '../prefill/run-prefill.ts'
import type { CallDeps } from '../routes/call.ts'
import type { Bindings } from '../routes/exchanges.ts'
import { prefillRoutes } from '../routes/prefill.ts'
import { createCeilings } from '../stages/ceilings.ts'
import { createFetch } from '../stages/fetch.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { createMaterials } from './materials.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stores } from './stores.ts'

export interface PrefillParts {
  config: Config
  catalog: Catalog
  stores: Stores
  pipeline: Pipeline
  publishedLog: LogService
  telemetry: Telemetry
  now: () => number
}

/** `/v1/prefill`, its recheck and its materials, over the stages and stores every exchange has. */
export function createPrefill(
  { config, stores, pipeline, publishedLog, telemetry, now, ...parts }: PrefillParts,
  call: CallDeps,
): Hono<Bindings>[] {
  const { gatewayId } = config
  const { crypto, keys, log, grants, replay, cache, digests, quota, newId } = stores
  const catalog = (): Catalog => parts.catalog
  const kept = createKept({
    crypto,
    sealKey: keys.secret('record-seal'),
    store: createPostgresPrefillStore(config.databaseUrl),
    now,
  })
  const ceilings = createCeilings({ quota, digests, crypto, log, replay, now })
  const deps = {
    gatewayId,
    replay,
    log,
    now,
    crypto,
    drafts: pipeline.drafts,
    grants,
    stages: pipeline.stages,
    newId: () => newId(now()),
    fetchUntil: (endsAtMs: number) =>
      createFetch({
        connectors: { get: (dataset) => underDeadline(pipeline.connectors.get(dataset), endsAtMs, now) },
        cache,
        now,
        onSourceFailure: telemetry.metrics.sourceFailed,
      }),
    settle: (exchange: Parameters<typeof ceilings.settle>[0]) => void ceilings.settle(exchange).catch(() => undefined),
  }
  const routes = prefillRoutes({
    ...call,
    kept,
    recheck: createRecheck(kept),
    run: (received, operation) => telemetry.tracing.exchange('prefill', () => runPrefill(received, deps, operation)),
  })
  const prefill = { kept, fetchUntil: deps.fetchUntil, newId: deps.newId }
  return [routes, ...createMaterials({ config, catalog, stores, pipeline, publishedLog, prefill, now }, call)]
}
