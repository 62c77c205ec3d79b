import type { Hono } from 'hono'
import { createPostgresFindings } from './adapters/postgres/audit/findings.ts'
import { createPostgresRecordSearch } from './adapters/postgres/audit/search.ts'
import { createPostgresStats } from './adapters/postgres/audit/stats.ts'
import { createPostgresPrefillStats } from './adapters/postgres/prefill/stats.ts'
import { createCursors } from './audit/cursor.ts'
import type { Catalog } from './catalog/types.ts'
import type { AdministrativeRecords, OperatorGate } from './operators/types.ts'
import type { CryptoProvider, SecretKey } from './ports/crypto.ts'
import type { SubjectDigests } from './record/subject-digests.ts'
import { adminFindingsRoutes } from './routes/admin-findings.ts'
import { adminRecordsRoutes } from './routes/admin-records.ts'
import { adminStatsRoutes } from './routes/admin-stats.ts'
import type { Bindings } from './routes/exchanges.ts'
import { usesRoutes } from './routes/uses.ts'
import type { AccessTokens } from './tokens/access-tokens.ts'

export const DEFAULT_EXPORT_ROW_LIMIT = 10_000

export interface AuditServiceDeps {
  gatewayId: string
  /** The service role's URL; auditors read through connections of their own, never through the append's. */
  databaseUrl: string
  gate: OperatorGate
  records: AdministrativeRecords
  tokens: Pick<AccessTokens, 'authenticate'>
  digests: SubjectDigests
  crypto: CryptoProvider
  /** The installation's secret `cursor`. */
  cursorKey: SecretKey
  catalog: () => Catalog
  /** Default 10,000. */
  exportRowLimit?: number
  now: () => number
}

export interface AuditService {
  managementRoutes: Hono<Bindings>[]
  dataRoutes: Hono<Bindings>[]
  close(): Promise<void>
}

/** Everything auditors and providers ask of the log, wired: records, charts, findings, uses. */
export function createAuditService(deps: AuditServiceDeps): AuditService {
  const search = createPostgresRecordSearch({ url: deps.databaseUrl })
  const stats = createPostgresStats({ url: deps.databaseUrl })
  const prefills = createPostgresPrefillStats({ url: deps.databaseUrl })
  const findings = createPostgresFindings({ url: deps.databaseUrl })
  const cursors = createCursors(deps.crypto, deps.cursorKey)
  const shared = { ...deps, search, cursors, exportRowLimit: deps.exportRowLimit ?? DEFAULT_EXPORT_ROW_LIMIT }
  return {
    managementRoutes: [
      adminRecordsRoutes(shared),
      adminStatsRoutes({ ...shared, stats, prefills }),
      adminFindingsRoutes({ ...shared, findings }),
    ],
    dataRoutes: [usesRoutes(shared)],
    async close() {
      await Promise.all([search.close(), stats.close(), prefills.close(), findings.close()])
    },
  }
}
