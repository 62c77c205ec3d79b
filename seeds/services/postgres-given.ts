import type { Postgres } from './postgres.ts'
import { createDatabase, withClient } from './postgres-client.ts'

/** A server someone else runs: we use it and leave it running. */
export async function givenPostgres(url: string, log: (line: string) => void): Promise<Postgres> {
  const version = await withClient(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
    return rows[0]?.server_version ?? 'unknown'
  }).catch((cause) => {
    throw new Error('给定的 PostgreSQL 连接不上 / the given PostgreSQL does not answer', { cause })
  })
  log(`使用给定的 PostgreSQL ${version} / using the given PostgreSQL ${version}`)
  const notOurs = (): never => {
    throw new Error('给定的 PostgreSQL 不由本程序启停 / the given PostgreSQL is not ours to stop or start')
  }
  return {
    url,
    version,
    origin: 'given',
    pid: 0,
    createDatabase: (name) => createDatabase(url, name),
    stop: async () => {},
    kill: notOurs,
    restart: async () => notOurs(),
  }
}
