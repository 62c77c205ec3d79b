import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/exchange-log.ts'
import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grant-store.ts'
import type { ExchangeLog } from '../../../gateway/ports/exchange-log.ts'
import type { GrantStore } from '../../../gateway/ports/grant-store.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { testGrant } from '../../conformance/grant-store.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

describe('invariant 5, revocation and record: `for share` in append_records', () => {
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

  it('an append that meets a revocation under way waits for it and comes back stale', async () => {
    const grant = testGrant()
    await store.put(grant, 'test')
    const decided = store.version()
    const operator = new pg.Client(database.ownerUrl)
    await operator.connect()
    await operator.query('begin')
    await operator.query(`update grants set status = 'revoked' where id = $1`, [grant.id])
    let answered = false
    const append = log.append(draft({ authorisationVersion: decided })).finally(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(answered).toBe(false)
    await operator.query('commit')
    await operator.end()
    expect(await append).toEqual({ status: 'stale', authorisationVersion: decided + 1n })
  })

  it('a revocation taken back leaves the append as it was', async () => {
    const decided = await now()
    const operator = new pg.Client(database.ownerUrl)
    await operator.connect()
    await operator.query('begin')
    await operator.query(`update grants set status = 'suspended'`)
    const append = log.append(draft({ authorisationVersion: decided }))
    await operator.query('rollback')
    await operator.end()
    expect(await append).toMatchObject({ status: 'recorded', duplicate: false })
  })

  it('a grant change left open at a console stops exchanges closed, and they go on after it', async () => {
    const hasty = createPostgresExchangeLog({ url: database.url, statementTimeoutMs: 200 })
    const mine = draft({ authorisationVersion: await now() })
    const operator = new pg.Client(database.ownerUrl)
    await operator.connect()
    await operator.query('begin')
    await operator.query(`update grants set status = 'suspended'`)
    await expect(hasty.append(mine)).rejects.toMatchObject({ code: 'record.unavailable' })
    await operator.query('rollback')
    await operator.end()
    expect(await hasty.append(mine)).toMatchObject({ status: 'recorded' })
    await hasty.close()
  })

  it('no record decided before a revocation becomes durable after its acknowledgement', async () => {
    const grant = testGrant({ scenario: 'P5.1' })
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
