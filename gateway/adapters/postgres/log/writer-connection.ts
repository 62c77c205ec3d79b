import pg from 'pg'
import { assertDurableSession } from './durable-session.ts'

export interface WriterConnectionOptions {
  url: string
  statementTimeoutMs: number
  connectTimeoutMs: number
  /** Pauses between attempts, doubled from the first to the last. */
  backoffMs: { first: number; last: number }
  log: (line: string) => void
}

export interface WriterConnection {
  /** Runs one prepared statement; rejects at once while the database is known to be away. */
  query<Row extends unknown[]>(name: string, text: string, values: unknown[]): Promise<Row[]>
  isUp(): boolean
  close(): Promise<void>
}

/**
 * One connection kept open for writing. After a loss it tries again at once, then with growing pauses; callers who come
 * during an attempt share its outcome, callers who come in a pause are refused without waiting.
 */
export function createWriterConnection(options: WriterConnectionOptions): WriterConnection {
  const { url, statementTimeoutMs, connectTimeoutMs, backoffMs, log } = options
  let up: pg.Client | undefined
  let closed = false
  let pauseMs = 0
  let retry: NodeJS.Timeout | undefined
  let attempt = connect()

  async function open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'guanyi-log',
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
    })
    client.on('error', () => {}) // `end` follows and is handled; without a listener the process would stop
    try {
      await client.connect()
      await orEnd(client, connectTimeoutMs, assertDurableSession(client, statementTimeoutMs))
      if (closed) throw new Error('the log is closed')
      client.once('end', () => lost(client))
      return client
    } catch (thrown) {
      discard(client)
      throw thrown
    }
  }

  async function connect(): Promise<pg.Client> {
    try {
      up = await open()
      pauseMs = 0
      return up
    } catch (thrown) {
      if (!closed) {
        log(`日志数据库不可用 log database away: ${(thrown as Error).message}`)
        pauseMs = Math.min(backoffMs.last, pauseMs === 0 ? backoffMs.first : pauseMs * 2)
        retry = setTimeout(reconnect, pauseMs)
      }
      throw thrown
    }
  }

  function reconnect(): void {
    attempt = connect()
    attempt.catch(() => {}) // whoever asks meanwhile gets the rejection; nobody has to
  }

  function lost(client: pg.Client): void {
    if (up !== client) return
    up = undefined
    if (closed) return
    log('与日志数据库的连接中断 connection to the log database lost')
    reconnect()
  }

  attempt.catch(() => {})
  return {
    async query<Row extends unknown[]>(name: string, text: string, values: unknown[]) {
      const client = up ?? (await attempt)
      // The server ends the statement first; a server that does not answer at all loses the connection.
      const { rows } = await orEnd(
        client,
        statementTimeoutMs + 500,
        client.query<Row>({ name, text, values, rowMode: 'array' }),
      )
      return rows
    },
    isUp: () => up !== undefined,
    async close() {
      closed = true
      clearTimeout(retry)
      const client = up ?? (await attempt.catch(() => undefined))
      up = undefined
      await client?.end().catch(() => {})
    },
  }
}

/** Gives the work so long, then ends the connection, which rejects it. */
async function orEnd<T>(client: pg.Client, ms: number, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => discard(client), ms)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** With a statement under way `end` closes the socket without waiting for the server. */
function discard(client: pg.Client): void {
  client.end().catch(() => {})
}
