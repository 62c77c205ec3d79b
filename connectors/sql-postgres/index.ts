import type { PoolClient } from 'pg'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { Connector, ConnectorDeps, ConnectorFactory, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import { contractBroken, orTimedOut, timedOut } from '../failures.ts'
import { type ColumnMap, createColumnMap } from '../values/column-map.ts'
import { fromText, instantFromText, POSTGRES_BOOLEANS } from '../values/from-text.ts'
import { configSchema, MAX_ROWS, type SqlPostgresConfig } from './config.ts'
import { toPositional } from './named-parameters.ts'
import { leaseSqlPool, type SqlPool } from './pool.ts'
import { type RowLimits, readRows, type TextRow, toFailure } from './read-rows.ts'

const MAX_CHARACTERS = 8 * 1024 * 1024

/** Reads one dataset with one read-only query; the rows' columns become the dataset's fields. */
export const sqlPostgres: ConnectorFactory = {
  kind: 'sql-postgres',
  configSchema,
  create: createSqlPostgres,
}

function createSqlPostgres(config: SqlPostgresConfig, deps: ConnectorDeps): Connector {
  const { text, names } = toPositional(config.sql, deps.inputs)
  const columns = createColumnMap(config.fieldMap ?? {}, deps.fields, (text, type) =>
    fromText(text, type, POSTGRES_BOOLEANS),
  )
  const { pool, release } = leaseSqlPool(deps.endpoint, deps.networks)
  const limits: RowLimits = {
    maxRows: config.maxRows ?? MAX_ROWS,
    maxBytes: MAX_CHARACTERS,
    statementTimeoutMs: deps.timeoutMs,
  }

  return {
    async fetch({ inputs, fields }: Lookup, signal): Promise<SourceAnswer> {
      const values = names.map((name) => inputs[name] ?? null)
      const rows = await withClient(pool, signal, (client) => readRows(client, text, values, limits))
      return { records: toRecords(rows, columns, fields), asOfMs: oldest(rows, config.asOf) ?? deps.now() }
    },
    async probe(signal) {
      await withClient(pool, signal, (client) => client.query('select 1'))
    },
    close: release,
  }
}

/** Lends a connection for one piece of work. After any failure the connection is thrown away, its statement stopped. */
async function withClient<T>(
  { pool, cancel }: SqlPool,
  signal: AbortSignal,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw timedOut('aborted before connecting')
  const connecting = pool.connect()
  const client = await orTimedOut(connecting, signal, 'waiting for a connection').catch((thrown: unknown) => {
    // The pool may still hand the connection over; nobody waits for it any more.
    connecting.then((late) => late.release()).catch(() => undefined)
    throw thrown instanceof ExchangeError ? thrown : toFailure(thrown)
  })
  try {
    const result = await orTimedOut(work(client), signal, 'waiting for rows')
    client.release()
    return result
  } catch (thrown) {
    cancel(client)
    client.release(true)
    throw thrown instanceof ExchangeError ? thrown : toFailure(thrown)
  }
}

function toRecords(rows: TextRow[], columns: ColumnMap, wanted: readonly string[]): Record<string, unknown>[] {
  const [first] = rows
  if (first === undefined) return []
  const picks = columns.pick(Object.keys(first), wanted)
  const lacking = wanted.filter((field) => !picks.some((pick) => pick.field === field))
  if (lacking.length > 0) throw contractBroken(`the query has no column for ${lacking.join(', ')}`)
  return rows.map((row) =>
    Object.fromEntries(picks.map(({ column, field, read }) => [field, read(row[column] ?? null)])),
  )
}

/** An answer is as fresh as its oldest row: never claims more than any row bears out. */
function oldest(rows: TextRow[], column: string | undefined): number | undefined {
  if (column === undefined || rows.length === 0) return undefined
  const moments = rows.map((row) => {
    const atMs = instantFromText(row[column] ?? '')
    if (atMs === undefined) throw contractBroken('the as-of column holds no time')
    return atMs
  })
  return moments.reduce((least, atMs) => Math.min(least, atMs))
}
