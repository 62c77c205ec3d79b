import { Kysely, Migrator, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { EXPECTED_SCHEMA, MIGRATIONS } from './migrations/index.ts'
import { DEFAULT_SERVICE_ROLE, ensureServiceRole, grantServiceRights } from './service-role.ts'

export interface MigrateOptions {
  /** The role the gateway logs in with; made with LOGIN where missing. Default `guanyi_gateway`. */
  serviceRole?: string
  /** Sets the role's password; without it an existing password stays as it is. */
  servicePassword?: string
  /** Which month's partitions to make, and the three after it; milliseconds since the epoch. Default: now. */
  nowMs?: number
  log?: (line: string) => void
}

export interface MigrateOutcome {
  /** Steps applied by this run, in order. */
  applied: string[]
  /** The last step the database has now. */
  schemaVersion: string
  /** Partitions made by this run. */
  partitions: string[]
}

/**
 * Brings the database to this checkout's schema: tables, functions, service role and its rights, partitions.
 *
 * Shape:  `ownerUrl` logs in as the role that owns (or will own) the tables; it needs CREATEROLE only while the service
 *         role is missing. Safe to run again and by several processes at once.
 * Errors: the database's own; a step that fails is rolled back.
 */
export async function migrate(ownerUrl: string, options: MigrateOptions = {}): Promise<MigrateOutcome> {
  const { serviceRole = DEFAULT_SERVICE_ROLE, servicePassword, nowMs = Date.now(), log = () => {} } = options
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 2, application_name: 'guanyi-migrate' })
  pool.on('error', () => {}) // whoever waits for a query hears of it there
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
    const { error, results = [] } = await migrator.migrateToLatest()
    if (error !== undefined) throw error
    const applied = results.filter((step) => step.status === 'Success').map((step) => step.migrationName)
    for (const name of applied) log(`已应用数据库变更 applied \`${name}\``)

    await ensureServiceRole(db, serviceRole, servicePassword)
    await alone(db, (tx) => grantServiceRights(tx, serviceRole))
    await alone(db, endIdleTransactions).catch((thrown: Error) => {
      log(`未能设置 idle_in_transaction_session_timeout (not set: ${thrown.message})`)
    })

    const made = await sql<{ partition: string }>`
      select partition from make_partitions(3, to_timestamp(${nowMs / 1000}::float8)) where outcome = 'made'`.execute(
      db,
    )
    const partitions = made.rows.map((row) => row.partition)
    if (partitions.length > 0) log(`已建立分区 partitions made: ${partitions.join(', ')}`)
    return { applied, schemaVersion: EXPECTED_SCHEMA, partitions }
  } finally {
    await db.destroy()
  }
}

/** Two migrations of one database at once would write the same catalogue rows. */
function alone(db: Kysely<unknown>, work: (tx: Kysely<unknown>) => Promise<void>): Promise<void> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('guanyi.migrate', 0))`.execute(tx)
    await work(tx)
  })
}

/**
 * A transaction left open at a console after changing a grant holds back every other change of grants, revocations too
 * (095-authorisation-scopes, point 2). The database ends it after 15 s, unless its owner has chosen a limit of their own.
 */
async function endIdleTransactions(db: Kysely<unknown>): Promise<void> {
  await sql`
    do $$ begin
      if not exists (
        select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c
         where d.datname = current_database() and s.setrole = 0 and c like 'idle_in_transaction_session_timeout=%'
      ) then
        execute format('alter database %I set idle_in_transaction_session_timeout = %L', current_database(), '15s');
      end if;
    end $$`.execute(db)
}

/** The last step applied to a database, or `null` where there is none; needs no more than the service's rights. */
export async function schemaVersion(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000, query_timeout: 3000 })
  await client.connect()
  try {
    const found = await client.query<{ table: string | null }>(`select to_regclass('public.kysely_migration') as table`)
    if (found.rows[0]?.table == null) return null
    const last = await client.query<{ name: string }>('select name from kysely_migration order by name desc limit 1')
    return last.rows[0]?.name ?? null
  } finally {
    await client.end()
  }
}
