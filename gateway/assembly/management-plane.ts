import type { Hono } from 'hono'
import { createPostgresEvidenceStore } from '../adapters/postgres/retention/evidence.ts'
import { createApp } from '../app.ts'
import { type AuditService, createAuditService } from '../audit-service.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import type { DossierService } from '../dossier/open.ts'
import type { PackageDeps } from '../evidence-package/build.ts'
import type { EvidenceStore } from '../evidence-package/types.ts'
import { createUnsealer } from '../evidence-package/unseal.ts'
import type { LogService } from '../log-service.ts'
import { createOperatorGate } from '../operators/gate.ts'
import { createOperatorRegistry } from '../operators/registry.ts'
import { createAdministrativeRecords } from '../record/administrative.ts'
import { createStrangers } from '../requests/strangers.ts'
import { adminEvidencePackageRoutes } from '../routes/admin-evidence-package.ts'
import { adminOperatorRoutes } from '../routes/admin-operators.ts'
import { adminUnsealRoutes } from '../routes/admin-unseal.ts'
import { docsRoutes } from '../routes/docs.ts'
import type { Bindings } from '../routes/exchanges.ts'
import { healthRoutes, type Readiness } from '../routes/health.ts'
import { metricsRoutes } from '../routes/metrics.ts'
import { managementDocument } from '../routes/openapi-management.ts'
import { operatorTokenRoutes } from '../routes/operator-token.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { activeSystemsOnly } from '../tokens/active-systems.ts'
import { VERSION } from '../version.ts'
import type { People } from './people.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stores } from './stores.ts'

export interface ManagementPlaneParts {
  config: Config
  catalog: Catalog
  stores: Stores
  pipeline: Pipeline
  dossiers: DossierService
  people: People
  publishedLog: LogService
  telemetry: Telemetry
  readiness: () => Promise<Readiness>
  now: () => number
}

export interface ManagementPlane {
  app: Hono<Bindings>
  audit: AuditService
  evidence: EvidenceStore
  close(): Promise<void>
}

/** What operators see (default port 8081, loopback unless told otherwise). Closed to all but health, metrics and its own description without a key. */
export function createManagementPlane(parts: ManagementPlaneParts): ManagementPlane {
  const { config, stores, pipeline, dossiers, telemetry, now } = parts
  const { crypto, keys, tokens, digests, log, replay, newId } = stores
  const { gatewayId, trustedProxies } = config
  const registry = createOperatorRegistry({
    path: config.operatorsFile,
    now,
    onFault: (faults) => telemetry.logger.error({ faults }, 'operator registry is faulty: management plane closed'),
  })
  const records = createAdministrativeRecords({
    gatewayId,
    log,
    crypto,
    digests,
    sealKey: keys.secret('record-seal'),
    catalogVersion: () => parts.catalog.version,
    policyVersion: () => pipeline.decisions.policyVersion,
    newId,
    now,
  })
  const { operatorRefused: onRefused } = telemetry.metrics
  const gate = createOperatorGate({ registry, tokens, records, onRefused })
  const evidence = createPostgresEvidenceStore({ url: config.databaseUrl })
  const unsealer = createUnsealer({ store: evidence, records, crypto, sealKey: keys.secret('record-seal') })
  const audit = createAuditService({
    gatewayId,
    databaseUrl: config.databaseUrl,
    gate,
    records,
    tokens: activeSystemsOnly(tokens, () => parts.catalog),
    digests,
    crypto,
    cursorKey: keys.secret('cursor'),
    catalog: () => parts.catalog,
    exportRowLimit: config.exportRowLimit,
    now,
  })
  const app = createApp({
    logger: telemetry.logger,
    guard: { strangers: createStrangers(), trustedProxies },
    routes: [
      operatorTokenRoutes({ gatewayId, registry, crypto, tokens, replay, log, onRefused, now }),
      adminOperatorRoutes({ gate }),
      ...audit.managementRoutes,
      dossiers.managementRoutes({ gate, records }),
      parts.people.managementRoutes({ gate, records }),
      adminUnsealRoutes({ gate, log, unsealer }),
      adminEvidencePackageRoutes({ ...packageDeps(parts, evidence), records, unsealer, gate }),
      docsRoutes(managementDocument(gatewayId, VERSION)),
      metricsRoutes(telemetry.metrics),
      healthRoutes(parts.readiness),
    ],
  })
  return {
    app,
    audit,
    evidence,
    async close() {
      await Promise.allSettled([audit.close(), evidence.close()])
    },
  }
}

function packageDeps(
  { config, stores, publishedLog, now }: ManagementPlaneParts,
  store: EvidenceStore,
): Omit<PackageDeps, 'records' | 'unsealer'> {
  const { crypto, keys, log, memberKeys } = stores
  const { vkeys } = publishedLog.signers
  return {
    store,
    log,
    crypto,
    publicJwks: keys.publicJwks,
    signingKey: keys.signingKey,
    logVkeys: () => [vkeys.log, vkeys.sm3, ...(config.witness === null ? [] : [config.witness.vkey])].join('\n'),
    // A package built before the next checkpoint says so instead of waiting.
    proofOf: async (exchangeId) => (await publishedLog.proofOf({ exchangeId }, 2_000).catch(() => undefined)) ?? null,
    senderKey: memberKeys.find,
    gatewayId: config.gatewayId,
    now,
  }
}
