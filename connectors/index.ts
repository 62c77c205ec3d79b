import type { ConnectorFactory } from '../gateway/ports/connector.ts'
import { certificateLibrary } from './certificate-library/index.ts'
import { clerkTask } from './clerk-task/index.ts'
import { declaredValues } from './declared-values/index.ts'
import { DOSSIER_KIND, dossierConfigSchema } from './dossier/config.ts'
import { exchangePeer } from './exchange-peer/index.ts'
import { fileCsv } from './file-csv/index.ts'
import { httpJson } from './http-json/index.ts'
import { nationalExchange } from './national-exchange/index.ts'
import { soap } from './soap/index.ts'
import { sqlMysql } from './sql-mysql/index.ts'
import { sqlPostgres } from './sql-postgres/index.ts'

/** Every kind of source this gateway can read. A new kind is a folder, a line here and a run of the conformance suite. */
export const connectorKinds: readonly ConnectorFactory[] = [
  sqlPostgres,
  sqlMysql,
  httpJson,
  soap,
  fileCsv,
  nationalExchange,
  exchangePeer,
  certificateLibrary,
  declaredValues,
  clerkTask,
]

/** Kind → JSON Schema of a dataset's `connector.config`; `dossier` is the gateway itself. */
export const connectorSchemas: Readonly<Record<string, Record<string, unknown>>> = {
  ...Object.fromEntries(connectorKinds.map(({ kind, configSchema }) => [kind, configSchema])),
  [DOSSIER_KIND]: dossierConfigSchema,
}
