import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Postgres, startPostgres } from '../../seeds/services/postgres.ts'
import { createDatabase, dropDatabase } from '../../seeds/services/postgres-client.ts'
import { startRedis } from '../../seeds/services/redis.ts'

export interface FreshDatabase {
  readonly url: string
  readonly ownerUrl: string
  /** Removes the database, ending whoever is still connected. */
  drop(): Promise<void>
}

/** A new empty database on the run's shared PostgreSQL; both URLs are the superuser's. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const adminUrl = await shared('postgres')
  const name = `test_${randomBytes(8).toString('hex')}`
  const url = await createDatabase(adminUrl, name)
  return { url, ownerUrl: url, drop: () => dropDatabase(adminUrl, name) }
}

/**
 * A PostgreSQL of one's own, for tests that stop or kill it; the caller stops it. Takes about a second.
 * Tests that only need an empty database use `freshDatabase`.
 */
export function freshPostgres(): Promise<Postgres> {
  return startPostgres({ stateDir: ownDir('postgres'), persistent: false, log: () => {}, givenUrl: null })
}

export interface FreshRedis {
  readonly url: string
  /** Ends the server and removes its data. */
  close(): Promise<void>
  /** SIGKILL. */
  kill(): void
  /** Starts it again, after `kill` or while it runs, on the same port with its data. */
  restart(): Promise<void>
}

/** A Redis server process of one's own, empty. */
export async function freshRedis(): Promise<FreshRedis> {
  const server = await startRedis({ stateDir: ownDir('redis'), persistent: false, log: () => {}, givenUrl: null })
  return { url: server.url, close: () => server.stop(), kill: () => server.kill(), restart: () => server.restart() }
}

/** The run's shared Redis: other test files use it at the same time, so keys want a prefix of their own and nobody flushes it. */
export function sharedRedisUrl(): Promise<string> {
  return shared('redis')
}

async function shared(name: 'postgres' | 'redis'): Promise<string> {
  const response = await fetch(`${inject('servicesUrl')}/${name}`)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}

function ownDir(kind: string): string {
  return mkdtempSync(join(inject('runDir'), `${kind}-`))
}
