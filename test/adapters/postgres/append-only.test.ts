import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { testGrant } from '../../conformance/grant-store.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

const INSUFFICIENT_PRIVILEGE = '42501'
const RESTRICT_VIOLATION = '23001'
const CHANGES = {
  records: 'index = 99',
  record_sides: 'salt = null',
  exchange_ids: 'index = 99',
  request_ids: `outcome = 'failed'`,
  assertion_ids: 'expires_at = now()',
  grant_changes: `reason = 'none'`,
  log_head: 'size = 99',
}

describe('what is recorded stays', () => {
  let database: MigratedDatabase
  let service: pg.Client
  let month: string
  beforeAll(async () => {
    database = await migratedDatabase()
    const log = createPostgresExchangeLog({ url: database.url })
    await log.append(draft())
    await log.claimAssertion('test-system', randomUUID(), Date.now() + 60_000)
    await database.sql('insert into grants (document) values ($1)', [testGrant()])
    await log.close()
    month =
      (await database.sql<{ name: string }>('select tableoid::regclass::text as name from records'))[0]?.name ?? ''
    service = new pg.Client(database.url)
    await service.connect()
  })
  afterAll(async () => {
    await service.end()
    await database.drop()
  })

  it.each(Object.entries(CHANGES))('the service’s role cannot change %s', async (table, change) => {
    for (const statement of [`delete from ${table}`, `truncate ${table}`, `update ${table} set ${change}`]) {
      await expect(service.query(statement), statement).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE })
    }
  })

  it('the service’s role cannot write past `append_records`', async () => {
    for (const statement of [
      'insert into records default values',
      'insert into record_sides default values',
      'insert into exchange_ids default values',
      'insert into request_ids default values',
      'insert into grant_changes default values',
      'update authorisation_version set version = 0',
      'update authorisation_scopes set version = 0',
      'delete from authorisation_scopes',
      'delete from grants',
      `select * from ${month}`,
      'select make_partitions(1)',
      'select clear_request_ids(now())',
      'select raise_authorisation_version()',
      `select publish_scope('P2.1', 'system', 'rc-enrolment')`,
      'alter table records disable trigger all',
    ]) {
      await expect(service.query(statement), statement).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE })
    }
  })

  it('the owner is refused too, also on a partition and in replica mode', async () => {
    const statements = [
      ...['records', 'record_sides', month, month.replace('records', 'record_sides')].flatMap((table) => [
        `delete from ${table}`,
        `update ${table} set index = 99`,
        `truncate ${table}`,
      ]),
      'delete from exchange_ids',
      'update exchange_ids set index = 99',
      'truncate exchange_ids',
      'delete from request_ids',
      `update request_ids set outcome = 'failed'`,
      'truncate request_ids',
      'delete from assertion_ids',
      'delete from grant_changes',
      `update grant_changes set reason = 'none'`,
      'delete from log_head',
      'update log_head set size = 0',
      'truncate records_default',
    ]
    const owner = new pg.Client(database.ownerUrl)
    await owner.connect()
    for (const mode of ['origin', 'replica']) {
      await owner.query(`set session_replication_role = ${mode}`)
      for (const statement of statements) {
        await expect(owner.query(statement), `${mode}: ${statement}`).rejects.toMatchObject({
          code: RESTRICT_VIOLATION,
        })
      }
    }
    await owner.end()
    expect(await database.sql('select from records')).toHaveLength(1)
  })

  it('a request id may be cleared a day after its expiry, not before', async () => {
    const log = createPostgresExchangeLog({ url: database.url })
    const dayMs = 86_400_000
    const old = draft({
      requestId: { iss: 'test-system', jti: randomUUID(), expiresAtMs: Date.now() - dayMs - 60_000 },
    })
    const recent = draft({
      requestId: { iss: 'test-system', jti: randomUUID(), expiresAtMs: Date.now() - dayMs + 60_000 },
    })
    await log.appendAll([old, recent])
    // A caller's idea of time may be anything; the database's own margin holds.
    const cleared = await database.sql<{ n: number }>(`select clear_request_ids('2999-01-01') as n`)
    expect(cleared[0]?.n).toBe(1)
    expect(await log.findByRequestId('test-system', old.requestId?.jti ?? '')).toBeUndefined()
    expect(await log.findByRequestId('test-system', recent.requestId?.jti ?? '')).toBeDefined()
    expect(await log.append(old)).toMatchObject({ status: 'recorded', duplicate: true })
    await log.close()
  })
})
