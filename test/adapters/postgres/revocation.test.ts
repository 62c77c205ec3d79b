import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grants/store.ts'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import type { ExchangeLog } from '../../../gateway/ports/exchange-log.ts'
import type { GrantStore } from '../../../gateway/ports/grant-store.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { testGrant } from '../../conformance/grant-store.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

/** What concerns `draft()`. */
const OURS = { scenario: 'P2.1', consumer: { kind: 'system', id: 'test-system' } } as const

describe('invariant 5, revocation and record: the barrier in append_records', () => {
  let database: MigratedDatabase
  let log: ExchangeLog
  let store: GrantStore
  beforeAll(async () => {
    database = await migratedDatabase()
    log = createPostgresExchangeLog({ url: database.url })
    store = createPostgresGrantStore({ url: database.url })
  })
  afterAll(async () => {
    await Promise.all([log.close(), store.close()])
    await database.drop()
  })
  const now = async () =>
    BigInt((await database.sql<{ v: string }>('select version as v from authorisation_version'))[0]!.v)

  const operatorAtWork = async (text: string, values: unknown[] = []) => {
    const operator = new pg.Client(database.ownerUrl)
    await operator.connect()
    await operator.query('begin')
    await operator.query(text, values)
    return operator
  }
  /** As somebody who has the revocation’s barrier would see it: is the append waiting? */
  const answeredWithin = (work: Promise<unknown>, ms: number) =>
    Promise.race([
      work.then(() => true),
      new Promise<boolean>((resolve) => {
        setTimeout(resolve, ms, false)
      }),
    ])

  it('an append that meets a revocation being committed waits for it and comes back stale', async () => {
    const grant = testGrant(OURS)
    await store.put(grant, 'test')
    const decided = store.version()
    const operator = await operatorAtWork(`update grants set status = 'revoked' where id = $1`, [grant.id])
    await operator.query('set constraints all immediate') // what COMMIT does first: published, and not yet visible
    const append = log.append(draft({ authorisationVersion: decided }))
    expect(await answeredWithin(append, 150)).toBe(false)
    await operator.query('commit')
    await operator.end()
    expect(await append).toEqual({ status: 'stale', authorisationVersion: decided + 1n })
  })

  it('a revocation waits for the append that came first', async () => {
    const grant = testGrant(OURS)
    await store.put(grant, 'test')
    const appending = await operatorAtWork(
      `select pg_advisory_xact_lock_shared(hashtextextended('guanyi.authorisation', 0))`,
    )
    const revoked = store.setStatus(grant.id, 'revoked', 'test', '核查')
    expect(await answeredWithin(revoked, 150)).toBe(false)
    await appending.query('commit')
    await appending.end()
    expect((await revoked).status).toBe('revoked')
  })

  it('a revocation taken back leaves the append as it was', async () => {
    await store.put(testGrant(OURS), 'test')
    const decided = await now()
    const operator = await operatorAtWork(`update grants set status = 'suspended'`)
    await operator.query('set constraints all immediate')
    const append = log.append(draft({ authorisationVersion: decided }))
    await operator.query('rollback')
    await operator.end()
    expect(await append).toMatchObject({ status: 'recorded', duplicate: false })
  })

  it('a grant change left open at a console holds nobody back, and counts from its commit on', async () => {
    await store.put(testGrant(OURS), 'test')
    const decided = await now()
    const operator = await operatorAtWork(`update grants set status = 'suspended'`)
    expect(await log.append(draft({ authorisationVersion: decided }))).toMatchObject({ status: 'recorded' })
    await operator.query('commit')
    await operator.end()
    expect(await log.append(draft({ authorisationVersion: decided }))).toMatchObject({ status: 'stale' })
  })

  it('a change published early in its transaction does not hide a later one of the same transaction', async () => {
    const [other, mine] = [testGrant({ scenario: 'P5.3' }), testGrant(OURS)]
    for (const grant of [other, mine]) await store.put(grant, 'test')
    const decided = await now()
    const operator = await operatorAtWork(`update grants set status = 'suspended' where id = $1`, [other.id])
    await operator.query('set constraints all immediate')
    await operator.query(`update grants set status = 'revoked' where id = $1`, [mine.id])
    await operator.query('commit')
    await operator.end()
    expect(await log.append(draft({ authorisationVersion: decided }))).toMatchObject({ status: 'stale' })
  })

  it.each([
    { what: 'moves to another scenario', to: { scenario: 'P5.9' } },
    { what: 'moves to another consumer', to: { consumer: { kind: 'member', id: 'someone-else' } as const } },
    { what: 'moves here from elsewhere', from: { scenario: 'P5.9' }, to: OURS },
  ])('a grant that $what is seen', async ({ from = {}, to }) => {
    const grant = testGrant({ ...OURS, ...from })
    await store.put(grant, 'test')
    const decided = await now()
    await store.put({ ...grant, ...to }, 'test')
    expect(await log.append(draft({ authorisationVersion: decided }))).toMatchObject({ status: 'stale' })
  })

  it.each(['delete from grants', 'truncate grants'])('%s by the owner is seen', async (statement) => {
    await store.put(testGrant(OURS), 'test')
    const decided = await now()
    await database.sql(statement)
    expect(await log.append(draft({ authorisationVersion: decided }))).toMatchObject({ status: 'stale' })
  })

  it('no record decided before a revocation becomes durable after its acknowledgement', async () => {
    const grant = testGrant(OURS)
    await store.put(grant, 'test')
    const sizeNow = async () => Number((await database.sql<{ size: string }>('select size from log_head'))[0]!.size)
    for (let round = 0; round < 5; round += 1) {
      const decided = store.version()
      const appends = Array.from({ length: 200 }, () => log.append(draft({ authorisationVersion: decided })))
      await store.setStatus(grant.id, round % 2 === 0 ? 'suspended' : 'active', 'test', '核查')
      const acknowledged = await sizeNow()
      await Promise.all(appends)
      expect(await sizeNow()).toBe(acknowledged)
    }
  })

  it('many writers of many grants do not block one another for ever', async () => {
    const grants = Array.from({ length: 20 }, () => testGrant({ scenario: 'P5.2' }))
    for (const grant of grants) await store.put(grant, 'test')
    const sweep = (order: string) =>
      database.sql(`update grants set document = document || '{"legalBasis": "测试"}' where id in
        (select id from grants where scenario = 'P5.2' order by id ${order})`)
    await Promise.all([
      ...Array.from({ length: 6 }, (_, turn) => sweep(turn % 2 ? 'asc' : 'desc')),
      ...grants.map((grant) => store.setStatus(grant.id, 'suspended', 'test', '核查')),
      ...Array.from({ length: 50 }, () => log.append(draft())),
    ])
    expect((await store.list({ scenario: 'P5.2', status: 'suspended' })).length).toBe(20)
  })
})
