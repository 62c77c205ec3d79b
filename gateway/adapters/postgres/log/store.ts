import pg from 'pg'
import type { Growth, LogHold, LogStore, StoredCheckpoint } from '../../../ports/log-store.ts'
import { assertDurableSession } from './durable-session.ts'
import { createLogView } from './view.ts'

export interface PostgresLogStoreOptions {
  /** The service role's URL; reaches the server itself, not a pooler that hands sessions around. */
  url: string
  /** Longest one statement may take. Default 10,000. */
  timeoutMs?: number
  /**
   * A holder asks several times a second. One that is silent for so long is frozen or out of reach, and the server ends its
   * session, so that another process can go on. Default 10,000.
   */
  stuckAfterMs?: number
}

/** Taken by one session per database; ends with that session, however it ends. */
const HOLD = `select pg_try_advisory_lock(hashtextextended('guanyi.integrate-log', 0)) as held`

const keepAlive = (stuckAfterMs: number): string => `
  set idle_session_timeout = ${Math.ceil(stuckAfterMs)};
  set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3`

/**
 * The published log in PostgreSQL (010-log-tree).
 *
 * Whoever integrates holds an advisory lock of a session of their own and writes through that same session. When the
 * session ends, the lock and the way to write end together, so a process that was held up cannot write over its
 * successor; `grow_log` compares the root it starts from besides.
 */
export function createPostgresLogStore(options: PostgresLogStoreOptions): LogStore {
  const { url, timeoutMs = 10_000, stuckAfterMs = 10_000 } = options
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'guanyi-log-view',
    max: 4,
    connectionTimeoutMillis: 3000,
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    keepAlive: true,
    allowExitOnIdle: true,
  })
  pool.on('error', () => {}) // an idle connection went away; the next query opens another
  // A connection lent out hears of its end between two queries; unheard, the event would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))

  /** Kept between attempts, so that asking for the hold costs one query. */
  let spare: pg.Client | undefined

  async function session(): Promise<pg.Client> {
    if (spare !== undefined) return spare
    const client = new pg.Client({
      connectionString: url,
      application_name: 'guanyi-log-integrator',
      connectionTimeoutMillis: 3000,
      query_timeout: timeoutMs,
      keepAlive: true,
    })
    client.on('error', () => {})
    client.once('end', () => {
      if (spare === client) spare = undefined
    })
    try {
      await client.connect()
      await assertDurableSession(client, timeoutMs)
      await client.query(keepAlive(stuckAfterMs))
    } catch (thrown) {
      client.end().catch(() => {})
      throw thrown
    }
    spare = client
    return client
  }

  return {
    ...createLogView(() => pool),
    async hold() {
      const client = await session()
      try {
        const { rows } = await client.query<{ held: boolean }>(HOLD)
        return rows[0]?.held === true ? createHold(client) : undefined
      } catch (thrown) {
        client.end().catch(() => {})
        throw thrown
      }
    },
    async close() {
      await Promise.all([spare?.end().catch(() => {}), pool.end()])
    },
  }
}

function createHold(client: pg.Client): LogHold {
  return {
    ...createLogView(() => client),
    async recordedSize() {
      const { rows } = await client.query<{ size: string }>('select size from log_head')
      return Number(rows[0]?.size)
    },
    async grow(growth) {
      const { rows } = await client.query<{ grown: boolean }>({
        name: 'grow_log',
        text: 'select grow_log($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as grown',
        values: growParameters(growth),
      })
      return rows[0]?.grown === true
    },
    async publish(checkpoint) {
      await client.query({
        name: 'publish_checkpoint',
        text: 'select publish_checkpoint($1, $2, $3, $4, $5, $6, $7)',
        values: publishParameters(checkpoint),
      })
    },
    async cosign(size, cosignatures, cosignedAtMs) {
      await client.query('select cosign_checkpoint($1, $2, $3)', [size, cosignatures, new Date(cosignedAtMs)])
    },
    // Ending the session is the one way of letting go that cannot leave the lock behind.
    release: () => client.end().catch(() => {}),
  }
}

const growParameters = ({ from, to, tiles, bundles }: Growth): unknown[] => [
  from.size,
  from.root,
  to.size,
  to.root,
  to.sm3Head,
  tiles.map(({ name }) => (name.kind === 'sm3' ? 'sm3' : 'sha256')),
  tiles.map(({ name }) => (typeof name.kind === 'number' ? name.kind : 0)),
  tiles.map(({ name }) => name.index),
  tiles.map(({ hashes }) => hashes),
  bundles.map(({ index }) => index),
  bundles.map(({ bundle }) => bundle),
]

const publishParameters = (checkpoint: StoredCheckpoint): unknown[] => [
  checkpoint.size,
  checkpoint.root,
  checkpoint.note,
  checkpoint.sm3Note,
  new Date(checkpoint.signedAtMs),
  checkpoint.cosignatures,
  checkpoint.cosignedAtMs === null ? null : new Date(checkpoint.cosignedAtMs),
]
