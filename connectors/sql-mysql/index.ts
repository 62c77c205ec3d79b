import type { PoolConnection } from 'mysql2'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { Connector, ConnectorDeps, ConnectorFactory, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import { contractBroken, orTimedOut, timedOut } from '../failures.ts'
import { type ColumnMap, createColumnMap } from '../values/column-map.ts'
import { fromText, instantFromText, PLAIN_BOOLEANS } from '../values/from-text.ts'
import { configSchema, MAX_ROWS, type SqlMysqlConfig } from './config.ts'
import { toMarked } from './named-parameters.ts'
import { leaseMysqlPool, type MysqlPool } from './pool.ts'
import { type RowLimits, readRows, type TextRows, toFailure } from './read-rows.ts'

const MAX_CHARACTERS = 8 * 1024 * 1024

/** Reads one dataset with one read-only query of the MySQL family; the rows' columns become the dataset's fields. */
export const sqlMysql: ConnectorFactory = {
  kind: 'sql-mysql',
  configSchema,
  create: createSqlMysql,
}

function createSqlMysql(config: SqlMysqlConfig, deps: ConnectorDeps): Connector {
  const { text, names } = toMarked(config.sql, deps.inputs)
  const columns = createColumnMap(config.fieldMap ?? {}, deps.fields, (value, type) =>
    fromText(value, type, PLAIN_BOOLEANS),
  )
  const { pool, release } = leaseMysqlPool(deps.endpoint, deps.networks)
  const limits: RowLimits = {
    maxRows: config.maxRows ?? MAX_ROWS,
    maxBytes: MAX_CHARACTERS,
    statementTimeoutMs: deps.timeoutMs,
  }

  return {
    async fetch({ inputs, fields }: Lookup, signal): Promise<SourceAnswer> {
      const values = names.map((name) => inputs[name] ?? null)
      const answer = await withConnection(pool, signal, (connection) => readRows(connection, text, values, limits))
      return { records: toRecords(answer, columns, fields), asOfMs: oldest(answer, config.asOf) ?? deps.now() }
    },
    async probe(signal) {
      await withConnection(pool, signal, (connection) => readRows(connection, 'select 1', [], limits))
    },
    close: release,
  }
}

/** Lends a connection for one piece of work. After any failure the connection is thrown away, its statement stopped. */
async function withConnection<T>(
  { pool, cancel }: MysqlPool,
  signal: AbortSignal,
  work: (connection: PoolConnection) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw timedOut('aborted before connecting')
  const connecting = new Promise<PoolConnection>((resolve, reject) => {
    pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
  })
  const connection = await orTimedOut(connecting, signal, 'waiting for a connection').catch((thrown: unknown) => {
    // The pool may still hand the connection over; nobody waits for it any more.
    connecting.then((late) => late.release()).catch(() => undefined)
    throw thrown instanceof ExchangeError ? thrown : toFailure(thrown)
  })
  try {
    const result = await orTimedOut(work(connection), signal, 'waiting for rows')
    connection.release()
    return result
  } catch (thrown) {
    cancel(connection)
    connection.destroy()
    throw thrown instanceof ExchangeError ? thrown : toFailure(thrown)
  }
}

function toRecords({ columns: names, rows }: TextRows, columns: ColumnMap, wanted: readonly string[]) {
  if (rows.length === 0) return []
  const picks = columns.pick(names, wanted)
  const lacking = wanted.filter((field) => !picks.some((pick) => pick.field === field))
  if (lacking.length > 0) throw contractBroken(`the query has no column for ${lacking.join(', ')}`)
  const places = picks.map((pick) => ({ ...pick, at: names.indexOf(pick.column) }))
  return rows.map((row) => Object.fromEntries(places.map(({ at, field, read }) => [field, read(row[at] ?? null)])))
}

/** An answer is as fresh as its oldest row: never claims more than any row bears out. */
function oldest({ columns, rows }: TextRows, column: string | undefined): number | undefined {
  if (column === undefined || rows.length === 0) return undefined
  const at = columns.indexOf(column)
  const moments = rows.map((row) => {
    const atMs = instantFromText(row[at] ?? '')
    if (atMs === undefined) throw contractBroken('the as-of column holds no time')
    return atMs
  })
  return moments.reduce((least, atMs) => Math.min(least, atMs))
}
