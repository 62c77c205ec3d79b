import { Kysely, Migrator, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Bilingual } from '../../errors/exchange-error.ts'
import { appliedSteps, standingOf } from './applied-steps.ts'
import { LOCK_WAIT_MS, PATIENCE, type Patience, patiently } from './lock-patience.ts'
import { MigrationRefused } from './migration-refused.ts'
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
  /** For locks others hold; default `PATIENCE`. */
  patience?: Patience
  /** Hears that the migration waits for such a lock. */
  onWait?: (text: Bilingual) => void
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
 * Errors: `MigrationRefused` for a lock that never came free, a newer database, one with a gap in its steps; the
 *         database's own otherwise. Steps that fail are rolled back.
 */
export async function migrate(ownerUrl: string, options: MigrateOptions = {}): Promise<MigrateOutcome> {
  const { serviceRole = DEFAULT_SERVICE_ROLE, servicePassword, nowMs = Date.now(), log = () => {} } = options
  const { patience = PATIENCE, onWait = () => {} } = options
  assertFit((await appliedSteps(ownerUrl)) ?? [])
  const pool = new pg.Pool({
    connectionString: ownerUrl,
    max: 2,
    application_name: 'guanyi-migrate',
    lock_timeout: LOCK_WAIT_MS,
  })
  pool.on('error', () => {}) // whoever waits for a query hears of it there
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const patient = <T>(work: () => Promise<T>): Promise<T> =>
    patiently(work, { patience, onWait, holders: () => longTransactions(db) })
  try {
    const applied = await patient(() => applySteps(db))
    for (const name of applied) log(`已应用数据库变更 applied \`${name}\``)

    await patient(() => ensureServiceRole(db, serviceRole, servicePassword))
    await patient(() => alone(db, (tx) => grantServiceRights(tx, serviceRole)))
    await alone(db, endIdleTransactions).catch((thrown: Error) => {
      log(`未能设置 idle_in_transaction_session_timeout (not set: ${thrown.message})`)
    })

    const made = await patient(() =>
      sql<{ partition: string }>`
        select partition from make_partitions(3, to_timestamp(${nowMs / 1000}::float8)) where outcome = 'made'`.execute(
        db,
      ),
    )
    const partitions = made.rows.map((row) => row.partition)
    if (partitions.length > 0) log(`已建立分区 partitions made: ${partitions.join(', ')}`)
    return { applied, schemaVersion: EXPECTED_SCHEMA, partitions }
  } finally {
    await db.destroy()
  }
}

/** All missing steps in one transaction: their names, in order. */
async function applySteps(db: Kysely<unknown>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return results.filter((step) => step.status === 'Success').map((step) => step.migrationName)
}

function assertFit(applied: readonly string[]): void {
  const { unknown, gaps } = standingOf(applied)
  if (unknown.length > 0)
    throw new MigrationRefused(
      { zh: '数据库比本程序新，请升级本程序', en: 'the database is newer than this program; upgrade it' },
      unknown,
    )
  if (gaps.length > 0)
    throw new MigrationRefused(
      {
        zh: '数据库由未发布的中间版本建立：缺以下步骤，而其后的步骤已应用，不能升级。请恢复由已发布版本建立的备份，或在空库上重建',
        en: 'the database was made by an unpublished build: these steps are missing, later ones are applied. Restore a backup made under a published version, or set up an empty database',
      },
      gaps,
    )
}

/** Transactions that have been open longer than a lock is waited for, as far as this role may see them. */
async function longTransactions(db: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ pid: number; name: string; seconds: number }>`
    select pid, application_name as name, floor(extract(epoch from clock_timestamp() - xact_start))::int as seconds
      from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and xact_start < clock_timestamp() - make_interval(secs => ${LOCK_WAIT_MS / 1000}::float8)
     order by xact_start limit 5`.execute(db)
  return rows.map(({ pid, name, seconds }) => `pid ${pid} ${name || '—'}: ${seconds} s`)
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
