import type { PoolConnection } from 'mysql2'
import { contractBroken, errorCode, timedOut, unreachable } from '../failures.ts'
import type { RowLimits } from '../sql/sql-connector.ts'
import type { TextRows } from '../sql/text-rows.ts'

interface Session {
  timeoutMs: number
  limit: (timeoutMs: number) => string
}

interface Column {
  name: string
  columnType?: number
  columnLength?: number
}

const sessions = new WeakMap<PoolConnection, Session>()
const BIT = 16

/**
 * Runs one prepared query in a read-only transaction and answers its rows, every value as text.
 *
 * Errors: `provider.contract` as soon as a row too many, or a byte too many, arrives; the connection is then to be
 *         thrown away. Driver errors come through as they are, for `toFailure`.
 */
export async function readRows(
  connection: PoolConnection,
  text: string,
  values: (string | null)[],
  limits: RowLimits,
): Promise<TextRows> {
  await prepareSession(connection, limits.statementTimeoutMs)
  let lost: (error: Error) => void = () => undefined
  const rows = new Promise<TextRows>((resolve, reject) => {
    lost = reject
    const answer: TextRows = { columns: [], rows: [] }
    let read: ((value: unknown) => string | null)[] = []
    let characters = 0
    // Row by row, so that a source that answers a million rows is stopped at the first too many.
    const query = connection.execute({ sql: text, values })
    query.on('fields', (fields: readonly Column[] | undefined) => {
      if (fields === undefined) return
      answer.columns = fields.map(({ name }) => name)
      read = fields.map(readerOf)
    })
    query.on('result', (found: unknown) => {
      if (!Array.isArray(found)) return reject(contractBroken('the statement answers no rows'))
      try {
        const row = found.map((value, at) => (read[at] ?? valueText)(value))
        for (const value of row) characters += value?.length ?? 0
        if (answer.rows.length >= limits.maxRows) reject(contractBroken(`more than ${limits.maxRows} rows`))
        else if (characters > limits.maxBytes) reject(contractBroken(`more than ${limits.maxBytes} characters`))
        else answer.rows.push(row)
      } catch (thrown) {
        reject(thrown)
      }
    })
    query.on('error', reject)
    query.on('end', () => resolve(answer))
  })
  // The driver tells a lost connection to the connection alone; its query would wait for ever.
  connection.on('error', lost)
  return rows.finally(() => connection.off('error', lost))
}

/**
 * What holds for every statement of a connection: transactions that cannot write, China's civil time, one way of
 * reading strings whatever the server's own settings are, and a time limit the server itself keeps.
 */
async function prepareSession(connection: PoolConnection, timeoutMs: number): Promise<void> {
  let session = sessions.get(connection)
  if (session === undefined) {
    const [[version]] = (await ask(connection, 'select version()')) as [[string]]
    session = { timeoutMs: 0, limit: limitStatement(String(version)) }
    await ask(connection, `set session time_zone = '+08:00', sql_mode = ''`)
    // TiDB has no read-only transactions; there the account's rights are the only fence.
    if (!/tidb/i.test(String(version))) await ask(connection, 'set session transaction read only')
    sessions.set(connection, session)
  }
  if (session.timeoutMs !== timeoutMs) {
    await ask(connection, session.limit(timeoutMs))
    session.timeoutMs = timeoutMs
  }
}

function limitStatement(version: string): (timeoutMs: number) => string {
  if (/mariadb/i.test(version)) return (ms) => `set session max_statement_time = ${ms / 1000}`
  if (/oceanbase/i.test(version)) return (ms) => `set session ob_query_timeout = ${ms * 1000}`
  return (ms) => `set session max_execution_time = ${Math.ceil(ms)}`
}

function ask(connection: PoolConnection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error: Error | null, rows: unknown) => (error ? reject(error) : resolve(rows)))
  })
}

function valueText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (Buffer.isBuffer(value)) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(value)
    } catch {
      throw contractBroken('a binary column holds no text')
    }
  }
  throw contractBroken('a column is of a kind that is not read')
}

/** `BIT(1)` is how many tables keep a boolean; out of a subquery MariaDB sends it as the digit, whose lowest bit is the same. */
function readerOf({ columnType, columnLength }: Column): (value: unknown) => string | null {
  if (columnType !== BIT) return valueText
  return (value) => {
    if (!Buffer.isBuffer(value)) return valueText(value)
    if (columnLength === 1) return String((value[0] ?? 0) & 1)
    return String(value.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n))
  }
}

/** Statement stopped by the server's own limit (MySQL, MariaDB, OceanBase) or by `KILL QUERY`. */
const STOPPED = [1317, 1969, 3024, 4012]
/** The server turns callers away: too many connections, shutting down, unknown database, refused login, quota used up. */
const AWAY = [1040, 1044, 1045, 1049, 1053, 1129, 1130, 1203, 1226, 1205, 1213]

/** Says which of the three a database error is, by its number; the message itself may quote values and is dropped. */
export function toFailure(thrown: unknown): Error {
  const { errno, sqlState } = (thrown ?? {}) as { errno?: unknown; sqlState?: unknown }
  if (typeof errno === 'number' && typeof sqlState === 'string') {
    if (STOPPED.includes(errno)) return timedOut('statement stopped by the server')
    return AWAY.includes(errno) || sqlState.startsWith('08')
      ? unreachable(`database: ${errno}`)
      : contractBroken(`SQL error ${errno}`)
  }
  const code = errorCode(thrown)
  return /^(PROTOCOL_(?!CONNECTION_LOST|SEQUENCE_TIMEOUT)|ERR_|LOCAL_INFILE)/.test(code)
    ? contractBroken(`database: ${code}`)
    : unreachable(`database: ${code}`)
}
