import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { Connector, ConnectorDeps, Endpoint, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import { orTimedOut, timedOut } from '../failures.ts'
import { createColumnMap } from '../values/column-map.ts'
import { type BooleanTexts, fromText } from '../values/from-text.ts'
import { MAX_ROWS, type SqlConfig } from './config.ts'
import { oldestRow, type TextRows, toRecords } from './text-rows.ts'

export interface RowLimits {
  maxRows: number
  maxBytes: number
  statementTimeoutMs: number
}

/** Connections to one database. `C` is one of them. */
export interface SqlSessions<C> {
  take(): Promise<C>
  giveBack(connection: C): void
  /** Stops what the connection runs, as far as the server can be told, and throws the connection away. */
  discard(connection: C): void
}

/** What one family of databases does its own way. */
export interface SqlFamily<C> {
  /** The catalogue's SQL in the driver's words. Errors: throws on anything but one query over declared inputs. */
  translate(sql: string, inputs: readonly string[]): { text: string; names: string[] }
  booleans: BooleanTexts
  /** Errors: throws where the endpoint's URL or networks cannot be used. */
  lease(endpoint: Endpoint, networks: readonly string[]): { pool: SqlSessions<C>; release(): Promise<void> }
  /**
   * Runs one query that cannot write and answers its rows.
   *
   * Errors: `provider.contract` as soon as a row too many, or a character too many, arrives. Driver errors come as they
   *         are, for `toFailure`.
   */
  read(connection: C, text: string, values: (string | null)[], limits: RowLimits): Promise<TextRows>
  /** Which failure a driver's error is. Its message may quote values and is dropped. */
  toFailure(thrown: unknown): Error
}

const MAX_CHARACTERS = 8 * 1024 * 1024

/** Reads one dataset with one read-only query; the rows' columns become the dataset's fields. */
export function createSqlConnector<C>(config: SqlConfig, deps: ConnectorDeps, family: SqlFamily<C>): Connector {
  const { text, names } = family.translate(config.sql, deps.inputs)
  const columns = createColumnMap(config.fieldMap ?? {}, deps.fields, (value, type) =>
    fromText(value, type, family.booleans),
  )
  const { pool, release } = family.lease(deps.endpoint, deps.networks)
  const limits: RowLimits = {
    maxRows: config.maxRows ?? MAX_ROWS,
    maxBytes: MAX_CHARACTERS,
    statementTimeoutMs: deps.timeoutMs,
  }
  const read = (query: string, values: (string | null)[], signal: AbortSignal) =>
    lend(pool, family, signal, (connection) => family.read(connection, query, values, limits))

  return {
    async fetch({ inputs, fields }: Lookup, signal): Promise<SourceAnswer> {
      const values = names.map((name) => inputs[name] ?? null)
      const answer = await read(text, values, signal)
      return { records: toRecords(answer, columns, fields), asOfMs: oldestRow(answer, config.asOf) ?? deps.now() }
    },
    async probe(signal) {
      await read('select 1', [], signal)
    },
    close: release,
  }
}

/** Lends a connection for one piece of work. After any failure the connection is thrown away, its statement stopped. */
async function lend<C, T>(
  pool: SqlSessions<C>,
  { toFailure }: Pick<SqlFamily<C>, 'toFailure'>,
  signal: AbortSignal,
  work: (connection: C) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw timedOut('aborted before connecting')
  const taking = pool.take()
  const connection = await orTimedOut(taking, signal, 'waiting for a connection').catch((thrown: unknown) => {
    // The pool may still hand the connection over; nobody waits for it any more.
    taking.then((late) => pool.giveBack(late)).catch(() => undefined)
    throw thrown instanceof ExchangeError ? thrown : toFailure(thrown)
  })
  try {
    const result = await orTimedOut(work(connection), signal, 'waiting for rows')
    pool.giveBack(connection)
    return result
  } catch (thrown) {
    pool.discard(connection)
    throw thrown instanceof ExchangeError ? thrown : toFailure(thrown)
  }
}
