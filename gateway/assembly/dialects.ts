import type { Hono } from 'hono'
import { createPostgresDialectProfiles } from '../adapters/postgres/dialect-profiles.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import { checkProfile } from '../dialects/national/profile-document.ts'
import { createDialectCall } from '../dialects/national/run-call.ts'
import { createSecretSeal } from '../dialects/secret-seal.ts'
import { createOperatorRegistry } from '../operators/registry.ts'
import type { CallDeps } from '../routes/call.ts'
import { dialectRoutes } from '../routes/dialects.ts'
import type { Bindings } from '../routes/exchanges.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stores } from './stores.ts'

export interface DialectParts {
  config: Config
  catalog: Catalog
  stores: Stores
  pipeline: Pipeline
  telemetry: Telemetry
  now: () => number
}

export interface Dialects {
  /** `beside` runs a single exchange; lines of batches wait meanwhile. */
  routes(call: CallDeps, beside: <T>(single: () => Promise<T>) => Promise<T>): Hono<Bindings>
  close(): Promise<void>
}

/** Callers of older dialects, each under a signed profile. */
export function openDialects({ config, catalog, stores, pipeline, telemetry, now }: DialectParts): Dialects {
  const { crypto, keys, newId } = stores
  const { gatewayId } = config
  const profiles = createPostgresDialectProfiles({ url: config.databaseUrl })
  // The management plane tells of its faults; here a faulty registry admits nobody.
  const registry = createOperatorRegistry({ path: config.operatorsFile, now, onFault: () => {} })
  const run = createDialectCall({
    stages: pipeline.stages,
    profiles,
    secrets: createSecretSeal(crypto, keys.secret('record-seal')),
    check: (stored) => checkProfile({ crypto, registry, gatewayId }, stored),
    catalog: () => catalog,
    crypto,
    newId,
    alarm({ rule, profile, system }) {
      telemetry.metrics.dialectAlarm(rule)
      telemetry.logger.error({ alarm: rule, profile, system }, 'an old caller was not admitted')
    },
    now,
  })
  return {
    routes: (call, beside) =>
      dialectRoutes({
        ...call,
        profiles,
        run: (received, marks) => beside(() => telemetry.tracing.exchange(received.op, () => run(received, marks))),
      }),
    close: profiles.close,
  }
}
