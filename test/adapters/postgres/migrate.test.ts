import { Kysely, Migrator, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appliedSteps, standingOf } from '../../../gateway/adapters/postgres/applied-steps.ts'
import { assertDurable } from '../../../gateway/adapters/postgres/log/durable-session.ts'
import { migrate } from '../../../gateway/adapters/postgres/migrate.ts'
import { MigrationRefused } from '../../../gateway/adapters/postgres/migration-refused.ts'
import { EXPECTED_SCHEMA, MIGRATIONS } from '../../../gateway/adapters/postgres/migrations/index.ts'
import { freshDatabase } from '../../support/services.ts'
import { type MigratedDatabase, migratedDatabase, openedDatabase, SERVICE } from './database.ts'

let database: MigratedDatabase
afterEach(() => database.drop())

async function thrownBy(work: Promise<unknown>): Promise<MigrationRefused> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(MigrationRefused)
  return thrown as MigrationRefused
}

/** A database as an earlier version left it. */
async function migratedUpTo(last: string): Promise<MigratedDatabase> {
  const fresh = await freshDatabase()
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: fresh.ownerUrl }) }),
  })
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error } = await migrator.migrateTo(last)
  await db.destroy()
  expect(error).toBeUndefined()
  return openedDatabase(fresh.ownerUrl, fresh.drop)
}

describe('a migration behind a backup', () => {
  let backup: pg.Client
  beforeEach(async () => {
    database = await migratedUpTo('071-quality-months')
    // What pg_dump does before it reads: a light lock on every table, kept to its end.
    backup = new pg.Client({ connectionString: database.ownerUrl, application_name: 'pg_dump' })
    backup.on('error', () => {})
    await backup.connect()
    await backup.query('begin; lock table events, corrections, change_notices in access share mode')
  })
  afterEach(() => backup.end().catch(() => {}))

  it('delays exchanges for a moment at a time, and gives up by name, with nothing half done', async () => {
    const patience = { tries: 2, pauseMs: 300 }
    const migrating = thrownBy(migrate(database.ownerUrl, { ...SERVICE, patience }))
    let ended = false
    void migrating.finally(() => {
      ended = true
    })
    // What an exchange needs for its record's sides, asked again and again.
    const waits: number[] = []
    while (!ended) {
      const sinceMs = performance.now()
      await database.sql(
        'with locked as (delete from record_sides where false returning 1) select count(*) from locked',
      )
      waits.push(performance.now() - sinceMs)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const { text, details } = await migrating
    expect(text.zh).toContain('备份')
    expect(text.en).toContain('pg_dump')
    expect(details).toEqual([expect.stringMatching(/^pid \d+ pg_dump: \d+ s$/)])
    expect((await appliedSteps(database.ownerUrl))?.at(-1)).toBe('071-quality-months')
    expect(Math.max(...waits)).toBeGreaterThan(200) // it did stand in the way
    expect(Math.max(...waits)).toBeLessThan(3_000)
  }, 20_000)

  it('goes on by itself once the backup has ended', async () => {
    const waiting: string[] = []
    const outcome = await migrate(database.ownerUrl, {
      ...SERVICE,
      patience: { tries: 20, pauseMs: 100 },
      onWait: ({ zh }) => {
        waiting.push(zh)
        void backup.query('rollback')
      },
    })
    expect(waiting).toEqual([expect.stringContaining('占用')])
    expect(outcome.applied.at(-1)).toBe(EXPECTED_SCHEMA)
    await expect(assertDurable(database.url)).resolves.toBeUndefined()
  }, 20_000)
})

describe('steps are compared as a set', () => {
  it('one missing in the middle is not served from, and is told apart from being merely behind', async () => {
    database = await migratedDatabase()
    await database.sql(`delete from kysely_migration where name = '090-dialect-profiles'`)
    await expect(assertDurable(database.url)).rejects.toThrow('090-dialect-profiles')
    const { text, details } = await thrownBy(migrate(database.ownerUrl, SERVICE))
    expect(details).toEqual(['090-dialect-profiles'])
    expect(text.zh).toContain('中间版本')
  })

  it('a newer database is served from, and not migrated', async () => {
    database = await migratedDatabase()
    await database.sql(`insert into kysely_migration values ('999-later', '2031-01-01T00:00:00.000Z')`)
    await expect(assertDurable(database.url)).resolves.toBeUndefined()
    const { text, details } = await thrownBy(migrate(database.ownerUrl, SERVICE))
    expect([details, text.en]).toEqual([['999-later'], expect.stringContaining('newer')])
  })

  it('says what is missing, unknown and out of order', async () => {
    database = await migratedUpTo('002-log')
    const all = Object.keys(MIGRATIONS).sort()
    expect(standingOf(all)).toEqual({ missing: [], unknown: [], gaps: [] })
    expect(standingOf((await appliedSteps(database.ownerUrl)) ?? [])).toEqual({
      missing: all.slice(2),
      unknown: [],
      gaps: [],
    })
    expect(standingOf([])).toMatchObject({ missing: all, gaps: [] })
    expect(standingOf(['002-log', '000-other'])).toMatchObject({ unknown: ['000-other'], gaps: ['001-grants'] })
    await expect(assertDurable(database.ownerUrl)).rejects.toThrow('003-upkeep')
  })
})
