import pg from 'pg'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import { type AllowList, assertHostAllowed, createAllowList } from '../network/allow-list.ts'
import { guardedSocket } from '../network/guarded-socket.ts'
import { createPoolsByEndpoint } from '../network/shared-by-endpoint.ts'
import type { SqlSessions } from '../sql/sql-connector.ts'

/** Departments lend a gateway few connections; several gateway processes share them. */
const CONNECTIONS = 4
const CONNECT_TIMEOUT_MS = 5_000
const IDLE_MS = 30_000
const PROTOCOL_CANCEL = 80_877_102

export interface SqlAddress {
  host: string
  port: number
  database: string
  user: string
  password: string
  ssl: pg.ClientConfig['ssl']
}

/** One pool per endpoint and network list, shared by the datasets that live there. */
export const leaseSqlPool = createPoolsByEndpoint(openPool, ({ end }) => end())

/**
 * Reads `postgres://user:password@host:port/database[?sslmode=require|verify-full]`; `secret.user` and
 * `secret.password` go before what the URL says.
 *
 * Errors: throws, without repeating the URL, on anything that would let the driver guess (environment, socket files).
 */
export function readAddress({ url, secret }: Endpoint): SqlAddress {
  if (!URL.canParse(url)) throw new Error('endpoint url is not a url')
  const parsed = new URL(url)
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw new Error('endpoint url must begin with `postgres://`')
  const sslmode = parsed.searchParams.get('sslmode') ?? 'disable'
  const unknown = [...parsed.searchParams.keys()].filter((name) => name !== 'sslmode')
  if (unknown.length > 0) throw new Error(`endpoint url has unknown options: ${unknown.join(', ')}`)
  if (!['disable', 'require', 'verify-full'].includes(sslmode)) throw new Error(`unknown sslmode \`${sslmode}\``)
  const user = secret?.user ?? decodeURIComponent(parsed.username)
  const database = decodeURIComponent(parsed.pathname.slice(1))
  if (user === '' || database === '') throw new Error('endpoint url needs a user and a database')
  return {
    host: decodeURIComponent(parsed.hostname).replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    database,
    user,
    password: secret?.password ?? decodeURIComponent(parsed.password),
    ssl: sslmode === 'disable' ? false : { rejectUnauthorized: sslmode === 'verify-full' },
  }
}

function openPool(
  endpoint: Endpoint,
  networks: readonly string[],
): SqlSessions<pg.PoolClient> & { end(): Promise<void> } {
  const allowed = createAllowList(networks)
  const address = readAddress(endpoint)
  assertHostAllowed(address.host, allowed)
  const pool = new pg.Pool({
    ...address,
    max: endpoint.connections ?? CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    allowExitOnIdle: true,
    application_name: 'guanyi',
    client_encoding: 'UTF8',
    stream: () => guardedSocket(allowed),
    types: { getTypeParser: (() => (text: string) => text) as pg.CustomTypesConfig['getTypeParser'] },
  })
  // A server that goes away ends idle connections with an error event, which nobody else listens to.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    take: () => pool.connect(),
    giveBack: (client) => client.release(),
    discard(client) {
      sendCancel(client, address, allowed)
      client.release(true)
    },
    end: () => pool.end(),
  }
}

/**
 * Asks the server to stop what this connection runs. Closing the socket would not: PostgreSQL notices a lost client
 * only when it next writes, and a heavy query would go on in the department's database.
 */
function sendCancel(client: pg.PoolClient, { host, port }: SqlAddress, allowed: AllowList): void {
  const { processID, secretKey } = client as pg.PoolClient & { processID: number | null; secretKey: number | null }
  if (processID === null || secretKey === null) return
  const packet = Buffer.alloc(16)
  packet.writeInt32BE(16, 0)
  packet.writeInt32BE(PROTOCOL_CANCEL, 4)
  packet.writeInt32BE(processID, 8)
  packet.writeInt32BE(secretKey, 12)
  const socket = guardedSocket(allowed)
  socket.on('error', () => undefined)
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy())
  socket.connect(port, host)
  socket.end(packet)
}
