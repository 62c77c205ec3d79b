import { randomUUID } from 'node:crypto'
import type { Hono } from 'hono'
import { createPostgresNoticeStore } from '../adapters/postgres/events/notices.ts'
import { createPostgresClerkTasks } from '../adapters/postgres/people/clerk-tasks.ts'
import { createPostgresDeclarations } from '../adapters/postgres/people/declarations.ts'
import { openPeopleDatabase } from '../adapters/postgres/people/tables.ts'
import type { Catalog } from '../catalog/types.ts'
import { createAcceptTask } from '../clerk-tasks/accept-task.ts'
import { createClerkActs } from '../clerk-tasks/clerk.ts'
import { createClerkDesk } from '../clerk-tasks/desk.ts'
import type { Config } from '../config.ts'
import { createAcceptDeclaration } from '../declared/accept-declaration.ts'
import type { DeclarationStore } from '../declared/types.ts'
import { createDeclaredValues } from '../declared/values.ts'
import { createReportDrafts } from '../events/report-record.ts'
import { createReports } from '../events/run-report.ts'
import { createSealedValues } from '../events/sealed-values.ts'
import type { AdministrativeRecords, OperatorGate } from '../operators/types.ts'
import type { OwnStores } from '../ports/connector.ts'
import { adminTasksRoutes } from '../routes/admin-tasks.ts'
import type { CallDeps } from '../routes/call.ts'
import { reportRoutes } from '../routes/events.ts'
import type { Bindings } from '../routes/exchanges.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stores } from './stores.ts'

/** Where people are the source: what applicants declared, and what clerks are asked. */
export interface People {
  own: OwnStores
  declarations: DeclarationStore
  /** `/v1/declarations`, `/v1/tasks`. */
  dataRoutes(call: CallDeps, pipeline: Pipeline): Hono<Bindings>[]
  /** `/admin/v1/tasks`. */
  managementRoutes(plane: { gate: OperatorGate; records: AdministrativeRecords }): Hono<Bindings>
  close(): Promise<void>
}

export function openPeople(config: Config, catalog: () => Catalog, stores: Stores, now: () => number): People {
  const { gatewayId } = config
  const { crypto, keys, digests, grants, log, replay, cache, newId } = stores
  const db = openPeopleDatabase(config.databaseUrl)
  const sealed = createSealedValues(crypto, keys.secret('subject-digest'), keys.secret('record-seal'))
  const declarations = createPostgresDeclarations(db)
  const tasks = createPostgresClerkTasks(db)
  return {
    own: {
      declared: createDeclaredValues({ store: declarations, digests, sealed }),
      desk: createClerkDesk({ store: tasks, digests, sealed, catalog, newTaskId: randomUUID, now }),
    },
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
      const operations = {
        declarations: createAcceptDeclaration(parts),
        tasks: createAcceptTask({ reports, store: tasks, now }),
      }
      return [reportRoutes({ ...call, reports, operations })]
    },
    managementRoutes: ({ gate, records }) =>
      adminTasksRoutes({ gate, acts: createClerkActs({ store: tasks, records, sealed, catalog, now }) }),

    close: () => db.destroy(),
  }
}
