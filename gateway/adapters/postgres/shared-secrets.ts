import pg from 'pg'
import { ExchangeError } from '../../errors/exchange-error.ts'
import type { SharedSecrets } from '../../ports/shared-secrets.ts'

/** A lock of this space is about one shared secret; the other half of its number is the name's digest. */
const LOCK_SPACE = 0x67796f73

export interface PostgresSharedSecrets extends SharedSecrets {
  close(): Promise<void>
}

/**
 * Shared secrets in the gateway's own database. The renewing process holds an advisory lock in its transaction, so that
 * the lock ends with the process, however that ends.
 */
export function createPostgresSharedSecrets({ url }: { url: string }): PostgresSharedSecrets {
  // Opened at the first use: most installations have no such partner.
  let pool: pg.Pool | undefined
  const connect = async (): Promise<pg.PoolClient> => {
    if (pool === undefined) {
      pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5_000, allowExitOnIdle: true })
      pool.on('error', () => undefined)
    }
    try {
      const client = await pool.connect()
      client.on('error', () => undefined)
      return client
    } catch (cause) {
      throw new ExchangeError('internal', 'shared secrets cannot be reached', { cause })
    }
  }
  const stored = async (client: pg.PoolClient, name: string): Promise<Buffer | null> => {
    const { rows } = await client.query<{ sealed: Buffer }>('select sealed from shared_secrets where name = $1', [name])
    return rows[0]?.sealed ?? null
  }

  return {
    async read(name) {
      const client = await connect()
      try {
        return await stored(client, name)
      } finally {
        client.release()
      }
    },
    async renew(name, work) {
      const client = await connect()
      let broken = true
      try {
        await client.query('begin')
        const { rows } = await client.query<{ held: boolean }>(
          'select pg_try_advisory_xact_lock($1, hashtext($2)) as held',
          [LOCK_SPACE, name],
        )
        if (rows[0]?.held !== true) {
          await client.query('rollback')
          broken = false
          return 'busy'
        }
        const next = await work(await stored(client, name))
        if (next !== null) {
          await client.query(
            `insert into shared_secrets (name, sealed) values ($1, $2)
             on conflict (name) do update set sealed = excluded.sealed, changed = clock_timestamp()`,
            [name, next],
          )
        }
        await client.query('commit')
        broken = false
        return 'done'
      } finally {
        client.release(broken) // what is thrown away rolls back by itself
      }
    },
    close: async () => pool?.end(),
  }
}
