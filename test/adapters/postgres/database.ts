import pg from 'pg'
import { migrate } from '../../../gateway/adapters/postgres/migrate.ts'
import { freshDatabase } from '../../support/services.ts'

/** Not the default name: a server given for tests may hold an installation whose password must stay as it is. */
export const SERVICE = { serviceRole: 'guanyi_test', servicePassword: 'only-in-tests' }

export interface MigratedDatabase {
  ownerUrl: string
  /** Logs in as the service's role, with no more rights than it has in production. */
  url: string
  /** Runs SQL as the owner. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  drop(): Promise<void>
}

export function asService(ownerUrl: string): string {
  const url = new URL(ownerUrl)
  url.username = SERVICE.serviceRole
  url.password = SERVICE.servicePassword
  return url.href
}

/** An empty database on the run's PostgreSQL, brought to the current schema. */
export async function migratedDatabase(nowMs: number = Date.now()): Promise<MigratedDatabase> {
  const database = await freshDatabase()
  await migrate(database.ownerUrl, { ...SERVICE, nowMs })
  return openedDatabase(database.ownerUrl, database.drop)
}

export function openedDatabase(ownerUrl: string, drop: () => Promise<void>): MigratedDatabase {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 2 })
  pool.on('error', () => {}) // tests end servers
  return {
    ownerUrl,
    url: asService(ownerUrl),
    sql: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await pool.query<Row>(text, values)).rows,
    async drop() {
      await pool.end()
      await drop()
    },
  }
}
