import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grants/store.ts'
import { testGrant, until } from '../../conformance/grant-store.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

const ASK = { system: 'rc-enrolment', member: 'rc-jyj', scenario: 'P2.1' }

describe('grants in PostgreSQL', () => {
  let database: MigratedDatabase
  beforeAll(async () => {
    database = await migratedDatabase()
  })
  afterAll(() => database.drop())

  it.each([
    { name: 'with notices', listen: true, pollMs: 60_000, withinMs: 500 },
    { name: 'with every notice lost', listen: false, pollMs: 500, withinMs: 1000 },
  ])('a change by plain SQL is seen within a second, $name', async ({ listen, pollMs, withinMs }) => {
    const store = createPostgresGrantStore({ url: database.url, listen, pollMs, maxAgeMs: 120_000 })
    const grant = testGrant()
    await database.sql('insert into grants (document) values ($1)', [grant])
    await until(async () => (await store.candidates(ASK)).grants.some(({ id }) => id === grant.id), withinMs)
    // Seen in memory from here on; only an invalidation can change the answer.
    for (const status of ['suspended', 'active', 'revoked']) {
      await database.sql('update grants set status = $2 where id = $1', [grant.id, status])
      const found = async () => (await store.candidates(ASK)).grants.find(({ id }) => id === grant.id)
      await until(async () => (await found())?.status === status, withinMs)
    }
    await database.sql('delete from grants where id = $1', [grant.id])
    await until(async () => (await store.candidates(ASK)).grants.length === 0, withinMs)
    await database.sql('insert into grants (document) values ($1)', [grant])
    await until(async () => (await store.candidates(ASK)).grants.length === 1, withinMs)
    await database.sql('truncate grants')
    await until(async () => (await store.candidates(ASK)).grants.length === 0, withinMs)
    await store.close()
  })

  it('every change leaves who, from, to and why, by hand too', async () => {
    const store = createPostgresGrantStore({ url: database.url })
    const grant = testGrant({ scenario: 'P6.1', status: 'draft' })
    await store.put(grant, 'op-1')
    await store.setStatus(grant.id, 'active', 'op-2', '批准')
    await database.sql(`update grants set status = 'suspended' where id = $1`, [grant.id])
    await database.sql('delete from grants where id = $1', [grant.id])
    const lines = await database.sql(
      `select changed_by, from_status, to_status, reason from grant_changes where grant_id = $1 order by id`,
      [grant.id],
    )
    expect(lines).toEqual([
      { changed_by: 'op-1', from_status: null, to_status: 'draft', reason: '登记 (put)' },
      { changed_by: 'op-2', from_status: 'draft', to_status: 'active', reason: '批准' },
      { changed_by: 'sql:postgres', from_status: 'active', to_status: 'suspended', reason: 'changed by SQL' },
      { changed_by: 'sql:postgres', from_status: 'suspended', to_status: null, reason: 'changed by SQL' },
    ])
    await store.close()
  })

  it('one transaction raises the version once; a statement that changes nothing does not', async () => {
    const store = createPostgresGrantStore({ url: database.url })
    const before = await store.refresh()
    await database.sql(`update grants set status = 'suspended' where id = 'no-such-grant'`)
    expect(await store.refresh()).toBe(before)
    await database.sql(`do $$ begin
      insert into grants (document) values ('${JSON.stringify(testGrant({ scenario: 'P6.2' }))}');
      insert into grants (document) values ('${JSON.stringify(testGrant({ scenario: 'P6.2' }))}');
      update grants set status = 'suspended' where scenario = 'P6.2';
    end $$`)
    expect(await store.refresh()).toBe(before + 1n)
    await store.close()
  })

  it('stays cheap with 100,000 grants', async () => {
    await database.sql(
      `insert into grants (document) select $1::jsonb || jsonb_build_object('id', 'bulk-' || n, 'scenario', 'P' || n % 100,
         'consumer', jsonb_build_object('kind', 'system', 'id', 'bulk-' || n / 200)) from generate_series(1, 100000) n`,
      [testGrant()],
    )
    await database.sql('analyze grants')
    const store = createPostgresGrantStore({ url: database.url, maxKeys: 100 })
    await store.refresh()
    const times: number[] = []
    for (let n = 0; n < 200; n += 1) {
      const start = performance.now()
      const { grants } = await store.candidates({ system: `bulk-${n + 100}`, member: 'none', scenario: `P${n % 100}` })
      times.push(performance.now() - start)
      expect(grants).toHaveLength(2)
    }
    const cold = times.sort((a, b) => a - b)
    const start = performance.now()
    for (let n = 0; n < 1000; n += 1) await store.candidates({ system: 'bulk-299', member: 'none', scenario: 'P99' })
    const warm = (performance.now() - start) / 1000
    console.log(
      `candidates among 100,000 grants: read p50 ${cold[100]?.toFixed(2)} ms, p95 ${cold[190]?.toFixed(2)} ms; remembered ${(warm * 1000).toFixed(0)} µs`,
    )
    expect(cold[100]).toBeLessThan(5)
    await store.close()
  })
})
