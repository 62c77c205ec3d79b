import type { Hono } from 'hono'
import { createPostgresMaterialCodes } from '../adapters/postgres/prefill/material-codes.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import { createReportDrafts } from '../events/report-record.ts'
import type { LogService } from '../log-service.ts'
import { createDeliver, type DeliverDeps } from '../materials/deliver.ts'
import { createLookUpCode } from '../materials/look-up-code.ts'
import type { CallDeps } from '../routes/call.ts'
import type { Bindings } from '../routes/exchanges.ts'
import { materialRoutes } from '../routes/materials.ts'
import { sheetRoutes } from '../routes/sheets.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stores } from './stores.ts'

export interface MaterialParts {
  config: Config
  catalog: () => Catalog
  stores: Stores
  pipeline: Pipeline
  publishedLog: LogService
  /** As a prefill has them. */
  prefill: Pick<DeliverDeps, 'kept' | 'fetchUntil' | 'newId'>
  now: () => number
}

/** Papers in place of papers: `/v1/materials` hands them out, `/log/sheets` lets anybody check them. */
export function createMaterials(parts: MaterialParts, call: CallDeps): Hono<Bindings>[] {
  const { config, catalog, stores, pipeline, publishedLog, prefill, now } = parts
  const { gatewayId, publicUrl, trustedProxies } = config
  const { crypto, keys, log, grants, digests } = stores
  const codes = createPostgresMaterialCodes(config.databaseUrl)
  const deliver = createDeliver({
    ...prefill,
    gatewayId,
    crypto,
    log,
    codes,
    grants,
    stages: pipeline.stages,
    drafts: pipeline.drafts,
    deliveries: createReportDrafts({
      gatewayId,
      crypto,
      digests,
      sealKey: keys.secret('record-seal'),
      policyVersion: pipeline.decisions.policyVersion,
    }),
    // Without a published address the reader is sent to the page by its name.
    checkAt: publicUrl === null ? '本网关的日志公开页（/log/sheets）' : `${publicUrl}/log/sheets`,
    now,
  })
  const lookUp = createLookUpCode({ crypto, codes, log: publishedLog, catalog })
  return [materialRoutes({ ...call, deliver }), sheetRoutes({ lookUp, trustedProxies, now })]
}
