import type { Hono } from 'hono'
import { createPostgresDeclarations } from '../adapters/postgres/declarations.ts'
import { createPostgresNoticeStore } from '../adapters/postgres/event-notices.ts'
import { openPeopleDatabase } from '../adapters/postgres/people-tables.ts'
import type { Config } from '../config.ts'
import { createAcceptDeclaration } from '../declared/accept-declaration.ts'
import type { DeclarationStore } from '../declared/types.ts'
import { createDeclaredValues } from '../declared/values.ts'
import { createReportDrafts } from '../events/report-record.ts'
import { createReports } from '../events/run-report.ts'
import { createSealedValues } from '../events/sealed-values.ts'
import type { OwnStores } from '../ports/connector.ts'
import type { CallDeps } from '../routes/call.ts'
import { reportRoutes } from '../routes/events.ts'
import type { Bindings } from '../routes/exchanges.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stores } from './stores.ts'

/** Where people are the source: what applicants declared. */
export interface People {
  own: OwnStores
  declarations: DeclarationStore
  /** `/v1/declarations`. */
  dataRoutes(call: CallDeps, pipeline: Pipeline): Hono<Bindings>[]
  close(): Promise<void>
}

export function openPeople(config: Config, stores: Stores, now: () => number): People {
  const { gatewayId } = config
  const { crypto, keys, digests, grants, log, replay, cache, newId } = stores
  const db = openPeopleDatabase(config.databaseUrl)
  const sealed = createSealedValues(crypto, keys.secret('subject-digest'), keys.secret('record-seal'))
  const declarations = createPostgresDeclarations(db)
  return {
    own: { declared: createDeclaredValues({ store: declarations, digests, sealed }) },
    declarations,

    dataRoutes(call, { stages, drafts: failures, decisions: { policyVersion } }) {
      const sealKey = keys.secret('record-seal')
      const drafts = createReportDrafts({ gatewayId, crypto, digests, sealKey, policyVersion })
      const { authenticate, authorise, charge } = stages
      const reports = createReports({ gatewayId, replay, log, now, authenticate, failures, drafts })
      const notices = createPostgresNoticeStore(db)
      const store = declarations
      const refreshGrants = grants.refresh
      const parts = { reports, authorise, charge, refreshGrants, store, notices, cache, digests, sealed, newId, now }
      return [reportRoutes({ ...call, reports, operations: { declarations: createAcceptDeclaration(parts) } })]
    },

    close: () => db.destroy(),
  }
}
