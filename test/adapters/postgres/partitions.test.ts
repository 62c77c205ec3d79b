import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { appliedSteps } from '../../../gateway/adapters/postgres/applied-steps.ts'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import { createPostgresLogUpkeep } from '../../../gateway/adapters/postgres/log/upkeep.ts'
import { migrate } from '../../../gateway/adapters/postgres/migrate.ts'
import { EXPECTED_SCHEMA } from '../../../gateway/adapters/postgres/migrations/index.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { freshDatabase } from '../../support/services.ts'
import { type MigratedDatabase, migratedDatabase, openedDatabase } from './database.ts'

/** The last second of November 2031 in China, where it is still afternoon in UTC. */
const LAST_SECOND = Date.parse('2031-11-30T23:59:59+08:00')

describe('months', () => {
  let database: MigratedDatabase
  afterEach(() => database.drop())
  const placed = () =>
    database.sql<{ index: string; record: string; side: string }>(`
      select r.index, r.tableoid::regclass::text as record, s.tableoid::regclass::text as side
        from records r join record_sides s using (index, recorded_at) order by r.index`)
  const make = (at: string) =>
    database.sql<{ partition: string; outcome: string }>('select * from make_partitions(3, $1)', [at])

  it('are made for now and three months ahead, over the turn of the year, once', async () => {
    database = await migratedDatabase(LAST_SECOND)
    const names = await database.sql<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits join pg_class p on p.oid = inhparent
        where p.relname = 'records' order by 1`,
    )
    const months = ['records_203111', 'records_203112', 'records_203201', 'records_203202', 'records_default']
    expect(names.map(({ name }) => name)).toEqual(months)
    expect((await make('2031-11-01T00:00:00+08:00')).every(({ outcome }) => outcome === 'present')).toBe(true)
    const later = (await make('2031-11-30T16:00:00Z')).filter(({ outcome }) => outcome === 'made')
    expect(later.map(({ partition }) => partition)).toEqual(['records_203203', 'record_sides_203203'])
  })

  it('a group that spans midnight of a month’s last day is one group in two months, and replays are still refused', async () => {
    database = await migratedDatabase(LAST_SECOND)
    const log = createPostgresExchangeLog({ url: database.url })
    const before = draft({ recordedAtMs: LAST_SECOND + 999 })
    const after = draft({ recordedAtMs: LAST_SECOND + 1000 })
    await log.appendAll([before, after])
    expect(await placed()).toEqual([
      { index: '0', record: 'records_203111', side: 'record_sides_203111' },
      { index: '1', record: 'records_203112', side: 'record_sides_203112' },
    ])
    const replay = draft({ recordedAtMs: LAST_SECOND + 1000, requestId: before.requestId })
    expect(await log.append(replay)).toMatchObject({ status: 'replayed', firstExchangeId: before.exchangeId })
    const retry = { ...before, recordedAtMs: LAST_SECOND + 2000 }
    expect(await log.append(retry)).toEqual({ status: 'recorded', index: 0n, duplicate: true })
    expect((await log.find(before.exchangeId))?.recordedAtMs).toBe(LAST_SECOND + 999)
    await log.close()
  })

  it('a month nobody has made is caught by the default partition and stays there', async () => {
    database = await migratedDatabase(LAST_SECOND)
    const log = createPostgresExchangeLog({ url: database.url })
    const mine = draft({ recordedAtMs: Date.parse('2033-05-05T00:00:00Z') })
    await log.append(mine)
    expect(await placed()).toEqual([{ index: '0', record: 'records_default', side: 'record_sides_default' }])
    expect(await make('2033-04-05T00:00:00Z')).toEqual(
      ['203304', '203305', '203306', '203307'].flatMap((month) =>
        ['records', 'record_sides'].map((table) => ({
          partition: `${table}_${month}`,
          outcome: month === '203305' ? 'kept-in-default' : 'made',
        })),
      ),
    )
    expect((await log.find(mine.exchangeId))?.index).toBe(0n)
    await log.close()
  })

  it('making a month does not wait behind a backup, nor readers behind it', async () => {
    database = await migratedDatabase(LAST_SECOND)
    const upkeep = createPostgresLogUpkeep({ url: database.ownerUrl })
    const backup = new pg.Client({ connectionString: database.ownerUrl })
    backup.on('error', () => {}) // the database ends it where this test is slow
    await backup.connect()
    await backup.query('begin; lock table records_default in access share mode')
    const making = upkeep.makePartitions(LAST_SECOND + 1000, 3).then(
      () => 'made',
      (thrown: { code?: string }) => thrown.code,
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    const sinceMs = performance.now()
    await database.sql('select count(*) from records') // reads every partition
    expect(performance.now() - sinceMs).toBeLessThan(5_000)
    expect(await making).toBe('55P03')
    await backup.end()
    expect((await upkeep.makePartitions(LAST_SECOND + 1000, 3)).made).toEqual(['records_203203', 'record_sides_203203'])
    await upkeep.close()
  })

  it('migration runs twice, at once, and says what it did', async () => {
    const fresh = await freshDatabase()
    database = openedDatabase(fresh.ownerUrl, fresh.drop)
    expect(await appliedSteps(fresh.url)).toBeNull()
    const lines: string[] = []
    const [one, two] = await Promise.all([
      migrate(fresh.ownerUrl, { log: (line) => lines.push(line) }),
      migrate(fresh.ownerUrl),
    ])
    expect([...one.applied, ...two.applied].sort().at(-1)).toBe(EXPECTED_SCHEMA)
    expect((await migrate(fresh.ownerUrl)).applied).toEqual([])
    expect((await appliedSteps(fresh.url))?.at(-1)).toBe(EXPECTED_SCHEMA)
  })
})
