import mysql, { type PoolConnection, type PoolOptions } from 'mysql2'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import { type AllowList, assertHostAllowed, createAllowList } from '../network/allow-list.ts'
import { guardedSocket } from '../network/guarded-socket.ts'
import { createPoolsByEndpoint } from '../network/shared-by-endpoint.ts'
import type { SqlSessions } from '../sql/sql-connector.ts'

/** Departments lend a gateway few connections; several gateway processes share them. */
const CONNECTIONS = 4
const CONNECT_TIMEOUT_MS = 5_000
const IDLE_MS = 30_000

export interface MysqlAddress {
  host: string
  port: number
  database: string
  user: string
  password: string
  ssl?: { rejectUnauthorized: boolean; verifyIdentity: boolean }
}

/** One pool per endpoint and network list, shared by the datasets that live there. */
export const leaseMysqlPool = createPoolsByEndpoint(openPool, ({ end }) => end())

/**
 * Reads `mysql://user:password@host:port/database[?sslmode=require|verify-full]`; `secret.user` and `secret.password`
 * go before what the URL says.
 *
 * Errors: throws, without repeating the URL, on anything that would let the driver guess.
 */
export function readAddress({ url, secret }: Endpoint): MysqlAddress {
  if (!URL.canParse(url)) throw new Error('endpoint url is not a url')
  const parsed = new URL(url)
  if (!/^(mysql|mariadb):$/.test(parsed.protocol)) throw new Error('endpoint url must begin with `mysql://`')
  const sslmode = parsed.searchParams.get('sslmode') ?? 'disable'
  const unknown = [...parsed.searchParams.keys()].filter((name) => name !== 'sslmode')
  if (unknown.length > 0) throw new Error(`endpoint url has unknown options: ${unknown.join(', ')}`)
  if (!['disable', 'require', 'verify-full'].includes(sslmode)) throw new Error(`unknown sslmode \`${sslmode}\``)
  const user = secret?.user ?? decodeURIComponent(parsed.username)
  const database = decodeURIComponent(parsed.pathname.slice(1))
  if (user === '' || database === '') throw new Error('endpoint url needs a user and a database')
  const verify = sslmode === 'verify-full'
  return {
    host: decodeURIComponent(parsed.hostname).replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 3306 : Number(parsed.port),
    database,
    user,
    password: secret?.password ?? decodeURIComponent(parsed.password),
    ...(sslmode !== 'disable' && { ssl: { rejectUnauthorized: verify, verifyIdentity: verify } }),
  }
}

function openPool(
  endpoint: Endpoint,
  networks: readonly string[],
): SqlSessions<PoolConnection> & { end(): Promise<void> } {
  const allowed = createAllowList(networks)
  const address = readAddress(endpoint)
  assertHostAllowed(address.host, allowed)
  const options = optionsFor(address, allowed)
  const connections = endpoint.connections ?? CONNECTIONS
  const pool = mysql.createPool({
    ...options,
    connectionLimit: connections,
    maxIdle: connections,
    idleTimeout: IDLE_MS,
  })
  // A server that goes away ends idle connections with an error event, which nobody else listens to.
  pool.on('connection', (connection) => connection.on('error', () => undefined))
  const cancel = createCancel(options)
  return {
    take: () =>
      new Promise((resolve, reject) => {
        pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
      }),
    giveBack: (connection) => connection.release(),
    discard(connection) {
      cancel(connection)
      connection.destroy()
    },
    end: () => new Promise((done) => pool.end(() => done())),
  }
}

function optionsFor(address: MysqlAddress, allowed: AllowList): PoolOptions {
  return {
    ...address,
    charset: 'utf8mb4',
    connectTimeout: CONNECT_TIMEOUT_MS,
    multipleStatements: false,
    // The server could otherwise ask for a file of ours at any time.
    flags: ['-LOCAL_FILES'],
    // Row parsers are then not compiled from what the server calls its columns.
    disableEval: true,
    maxPreparedStatements: 64,
    // As text, so that no digit is lost and no time zone comes in between.
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
    stream: () => {
      const socket = guardedSocket(allowed)
      socket.setNoDelay(true)
      return socket.connect(address.port, address.host)
    },
  }
}

/**
 * Asks the server to stop what a connection runs. Closing the socket would not: the server notices a lost client only
 * when it next writes, and a heavy query would go on in the department's database.
 *
 * One after the other over one connection at a time: the department lends few.
 */
function createCancel(options: PoolOptions): (connection: PoolConnection) => void {
  let last: Promise<void> = Promise.resolve()
  const kill = (threadId: number) =>
    new Promise<void>((done) => {
      const connection = mysql.createConnection(options)
      const end = () => {
        connection.destroy()
        done()
      }
      connection.on('error', end)
      connection.query(`KILL QUERY ${threadId}`, end)
    })
  return ({ threadId }) => {
    if (Number.isSafeInteger(threadId) && threadId > 0) last = last.then(() => kill(threadId))
  }
}
