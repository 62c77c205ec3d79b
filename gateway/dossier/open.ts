import type { Hono } from 'hono'
import { createPostgresCaseRegister } from '../adapters/postgres/case-register.ts'
import { createPostgresAccessHistory } from '../adapters/postgres/dossier/accesses.ts'
import { createPostgresDossierProjections } from '../adapters/postgres/dossier/projections.ts'
import { createPostgresDossierReader } from '../adapters/postgres/dossier/reader.ts'
import { createPostgresNoticeStore } from '../adapters/postgres/events/notices.ts'
import { createPostgresEventStore } from '../adapters/postgres/events/store.ts'
import { openEventDatabase } from '../adapters/postgres/events/tables.ts'
import type { Catalog } from '../catalog/types.ts'
import type { DeclarationStore } from '../declared/types.ts'
import { createAcceptChange } from '../events/accept-change.ts'
import { createAcceptCorrection } from '../events/accept-correction.ts'
import { createAcceptEvent } from '../events/accept-event.ts'
import { createAcceptUsage } from '../events/accept-usage.ts'
import { createDisputes, type Disputes } from '../events/disputes.ts'
import { createReportDrafts } from '../events/report-record.ts'
import { createReports } from '../events/run-report.ts'
import { createSealedValues } from '../events/sealed-values.ts'
import type { Authenticated, Received, Subject } from '../exchange.ts'
import { raiseEpochsTask } from '../jobs/raise-epochs.ts'
import { projectMissedTask } from '../jobs/rebuild-dossiers.ts'
import type { AdministrativeRecords, OperatorGate } from '../operators/types.ts'
import type { CaseRegister } from '../ports/case-register.ts'
import type { ConnectorRegistry } from '../ports/connector.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import type { Task } from '../ports/task.ts'
import type { RecordDrafts } from '../record/draft.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { adminDossierRoutes } from '../routes/admin-dossiers.ts'
import type { CallDeps } from '../routes/call.ts'
import { reportRoutes } from '../routes/events.ts'
import type { Bindings } from '../routes/exchanges.ts'
import { type MyDataRoutesDeps, myDataRoutes } from '../routes/my-data.ts'
import { withDossiers } from './connector.ts'
import { createCursors } from './cursor.ts'
import { createIdentityKeys } from './identity-keys.ts'
import { createIdentityTokens } from './identity-tokens.ts'
import { createMyData } from './my-data.ts'

export interface DossierServiceDeps {
  gatewayId: string
  /** The service role's URL. */
  databaseUrl: string
  catalog: () => Catalog
  crypto: CryptoProvider
  digests: SubjectDigests
  secret: (purpose: 'subject-digest' | 'record-seal' | 'cursor') => SecretKey
  log: ExchangeLog
  replay: ReplayGuard
  cache: ResultCache
  newId: (nowMs: number) => string
  /** The city's identity provider; `null` switches `/v1/my-data` off. */
  identity: { issuer: string; jwksFile: string } | null
  /** What departments keep of applicants' own words: shown in the subject's own view, struck by corrections. */
  declarations?: Pick<DeclarationStore, 'about' | 'strike'>
  /** Told of what a job will mend; ids and codes only. */
  note: (line: string) => void
  now: () => number
}

/** Everything of events and dossiers that the rest of the gateway takes part in. */
export interface DossierService {
  cases: CaseRegister
  disputes: Disputes
  /** For `shape`: the number of an open correction, from memory. */
  disputed: (dataset: string, subject: Subject) => string | undefined
  withDossiers(registry: ConnectorRegistry): ConnectorRegistry
  /** `/v1/events`, `/v1/changes`, `/v1/corrections`, `/v1/usage`, `/v1/my-data`. `/v1/dossier` is an exchange. */
  dataRoutes(
    call: CallDeps,
    pipeline: {
      authenticate: (received: Received) => Promise<Authenticated>
      failures: Pick<RecordDrafts, 'ofFailure'>
      policyVersion: string
      /** How a subject's own view ended: no department stands behind it. */
      onMyData: MyDataRoutesDeps['onEnded']
    },
  ): Hono<Bindings>[]
  managementRoutes(plane: { gate: OperatorGate; records: AdministrativeRecords }): Hono<Bindings>
  /** For a schedule on BullMQ, in the gateway or in a worker. */
  tasks: Task[]
  /** For every gateway process itself, whether Redis is there or not. */
  ownTasks: Task[]
  close(): Promise<void>
}

/** Opens the stores of events and dossiers and puts their parts together. */
export function openDossiers(deps: DossierServiceDeps): DossierService {
  const { catalog, crypto, digests, log, cache, now, identity } = deps
  const db = openEventDatabase(deps.databaseUrl)
  const sealed = createSealedValues(crypto, deps.secret('subject-digest'), deps.secret('record-seal'))
  const cursors = createCursors(crypto, deps.secret('cursor'))
  const events = createPostgresEventStore(db)
  const notices = createPostgresNoticeStore(db)
  const projections = createPostgresDossierProjections(db)
  const history = createPostgresAccessHistory(db)
  const disputes = createDisputes(notices)
  const project = (exchangeId: string, version: Catalog): Promise<void> =>
    projections.project(exchangeId, version).catch((thrown: { code?: string }) => {
      deps.note(`event ${exchangeId} not projected yet (code ${thrown.code ?? 'none'})`)
    })

  return {
    cases: createPostgresCaseRegister(db),
    disputes,
    disputed: (dataset, subject) => (disputes.isEmpty() ? undefined : disputes.numberOf(dataset, digests.of(subject))),
    withDossiers: (registry) =>
      withDossiers(registry, {
        dossiers: createPostgresDossierReader(db),
        digests,
        catalog,
        openNumber: ({ sealedFor, sealedNumber }) => sealed.open('certificate', sealedFor, sealedNumber),
        now,
      }),

    dataRoutes(call, { authenticate, failures, policyVersion, onMyData }) {
      const { gatewayId, replay, newId } = deps
      const drafts = createReportDrafts({
        gatewayId,
        crypto,
        digests,
        sealKey: deps.secret('record-seal'),
        policyVersion,
      })
      const reports = createReports({ gatewayId, replay, log, now, authenticate, failures, drafts })
      const { declarations } = deps
      const parts = { reports, events, notices, log, cache, digests, sealed, declarations, project, now }
      const operations = {
        events: createAcceptEvent(parts),
        changes: createAcceptChange(parts),
        corrections: createAcceptCorrection(parts),
        usage: createAcceptUsage(parts),
      }
      const view =
        identity === null
          ? null
          : createMyData({
              gatewayId,
              authenticate: createIdentityTokens({
                issuer: identity.issuer,
                audience: gatewayId,
                find: createIdentityKeys(identity.jwksFile, now, (path) =>
                  deps.note(`identity keys not usable: ${path}`),
                ),
                crypto,
                replay,
                now,
              }),
              history,
              declarations,
              cursors,
              digests,
              crypto,
              log,
              catalog,
              policyVersion,
              newId,
              now,
            })
      return [reportRoutes({ ...call, reports, operations }), myDataRoutes({ ...call, view, onEnded: onMyData })]
    },

    managementRoutes: ({ gate, records }) =>
      adminDossierRoutes({ gate, records, history, cursors, digests, catalog, now }),
    tasks: [projectMissedTask({ projections, catalog })],
    ownTasks: [raiseEpochsTask({ notices, cache, sealed, now })],
    async close() {
      disputes.close()
      await db.destroy()
    },
  }
}
