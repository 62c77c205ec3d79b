import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Tables } from './tables.ts'

export interface ReaderOptions {
  url: string
  name: string
  max: number
  timeoutMs: number
}

/** A small pool for everything that is not the group commit. No query outlives `timeoutMs`, whatever the server does. */
export function createReader<T = Tables>({ url, name, max, timeoutMs }: ReaderOptions): Kysely<T> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max,
    connectionTimeoutMillis: Math.min(timeoutMs, 3000),
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: 5000,
    keepAlive: true,
    allowExitOnIdle: true,
  })
  pool.on('error', () => {}) // an idle connection went away; the next query opens another
  // A connection lent out hears of its end between two queries; unheard, the event would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely<T>({ dialect: new PostgresDialect({ pool }) })
}
