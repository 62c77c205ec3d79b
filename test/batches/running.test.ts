import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { importSigningJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { createPostgresBatchStore } from '../../gateway/adapters/postgres/batches/store.ts'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { type BatchWorker, startBatchWorker } from '../../gateway/batch-worker.ts'
import { createNotices } from '../../gateway/batches/notify.ts'
import { ownerOf } from '../../gateway/batches/owner.ts'
import { loadConfig } from '../../gateway/config.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { run as guanyi } from '../cli/run.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { bulk, goodLine } from './bulk.ts'

/** Hundreds of lines each: on a busy machine that takes a while. */
vi.setConfig({ testTimeout: 90_000 })

/** The gateway only takes batches in; workers come and go. */
let city: Seeded
const workers: BatchWorker[] = []
beforeAll(async () => {
  city = await seededGateway({ env: { GUANYI_BATCHES: 'intake' } })
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})
afterAll(() => city?.stop())

const manyLines = (count: number) => Array.from({ length: count }, (_none, at) => goodLine(at + 1))
async function worker(): Promise<BatchWorker> {
  const logger = createLogger('info', { write: (line: string) => void city.logLines.push(line) })
  const started = await startBatchWorker(loadConfig({ ...city.installation.env }), logger)
  workers.push(started)
  return started
}
const doneOf = async (id: string): Promise<number> => Number((await bulk(city).send('GET', `/${id}`)).json().done)
async function under(id: string, least: number): Promise<void> {
  for (const until = Date.now() + 30_000; (await doneOf(id)) < least; await sleep(20))
    if (Date.now() > until) throw new Error('the batch does not get on')
}
const outcomes = (id: string) =>
  city.sql<{ outcome: string; n: number }>(
    `select l.outcome, count(*)::int as n from batch_lines l join batches b on b.upload = l.upload
      where b.id = $1 group by l.outcome order by l.outcome`,
    [id],
  )

describe('a gateway that only takes batches in', () => {
  it('runs no line; a worker does, and hands back what it has not begun when it is told to stop', async () => {
    const system = bulk(city)
    const id = await system.begin(manyLines(600))
    await sleep(1_000)
    expect(await doneOf(id)).toBe(0)
    const first = await worker()
    await under(id, 20)
    await first.stop()
    const left = await doneOf(id)
    expect(left).toBeLessThan(600)
    await sleep(300)
    expect(await doneOf(id)).toBe(left)
    await worker()
    expect(await system.finished(id)).toMatchObject({ state: 'completed', released: 600 })
  })
})

describe('while a batch runs', () => {
  it('its queue holds no identifier, only which batch it is', async () => {
    await worker()
    const system = bulk(city)
    const lines = manyLines(400)
    const id = await system.begin(lines)
    await under(id, 20)
    const redis = new Redis(city.redis!.url)
    const said = await everythingIn(redis)
    redis.disconnect()
    expect(said).toContain('"version":1')
    for (const { subject } of lines.slice(0, 3)) expect(said).not.toContain(subject.id)
    expect(said).not.toMatch(/371099\d{11}/)
    await system.finished(id)
  })

  it('a grant suspended on the way stops the lines that follow, at once', async () => {
    await worker()
    const system = bulk(city)
    const id = await system.begin(manyLines(600))
    await under(id, 50)
    const grants = createPostgresGrantStore({ url: city.ownerUrl, listen: false })
    await grants.setStatus('grant-p2.1-jyj-enrolment', 'suspended', 'test', 'on the way')
    const [released] = await city.sql<{ n: number }>(`select released as n from batches where id = '${id}'`)
    const view = await system.finished(id)
    await grants.setStatus('grant-p2.1-jyj-enrolment', 'active', 'test', 'again')
    await grants.close()
    expect(view).toMatchObject({ state: 'completed', done: 600, failed: 0 })
    expect(view.released).toBe(released!.n)
    expect(view.refused).toBe(600 - released!.n)
    const codes = await city.sql(
      `select distinct code from records where mode = 'batch' and outcome = 'refused' and exchange_id in
         (select exchange_id from batch_lines l join batches b on b.upload = l.upload where b.id = '${id}')`,
    )
    expect(codes).toEqual([{ code: 'grant.suspended' }])
  })

  it('a line whose staged bytes were spoilt ends as failed, with a record, and holds up none of the others', async () => {
    const system = bulk(city)
    const id = await system.begin(manyLines(30))
    await city.sql(
      `update batch_lines l set sealed_line = 'spoilt' from batches b where b.upload = l.upload and b.id = $1 and l.line = 7`,
      [id],
    )
    await worker()
    expect(await system.finished(id)).toMatchObject({ state: 'completed', released: 29, failed: 1 })
    const { rows } = await system.results(id)
    expect(rows[6]).toMatchObject({ line: 7, outcome: 'failed', problem: { code: 'internal' } })
    const [record] = await city.sql(`select outcome, code from records where exchange_id = '${rows[6]!.exchangeId}'`)
    expect(record).toEqual({ outcome: 'failed', code: 'internal' })
    expect(await outcomes(id)).toEqual([
      { outcome: 'failed', n: 1 },
      { outcome: 'released', n: 29 },
    ])
  })
})

describe('results nobody acknowledges', () => {
  it('are destroyed when they expire, with a record that says so', async () => {
    await worker()
    const system = bulk(city)
    const id = await system.begin(manyLines(3))
    await system.finished(id)
    await city.sql(`update batches set expires_at = now() - interval '1 minute' where id = $1`, [id])
    await expect
      .poll(async () => (await system.send('GET', `/${id}`)).json().state, { timeout: 10_000 })
      .toBe('destroyed')
    expect(await outcomes(id)).toEqual([])
    const [record] = await city.sql<{ entry: Buffer }>(
      `select entry from records where mode = 'batches' order by index desc limit 1`,
    )
    expect(JSON.parse(record!.entry.toString()).details).toMatchObject({
      act: 'destroyed',
      batch: id,
      reason: 'expired',
    })
  })
})

describe('a notice nobody takes', () => {
  it('is given up after eight times, and stands first among the dead letters', async () => {
    let calls = 0
    const receiver = createServer((_request, response) => {
      calls += 1
      response.writeHead(500).end()
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/notices`
    const id = await bulk(city).begin(manyLines(1))
    const store = createPostgresBatchStore({ url: city.installation.env.DATABASE_URL! })
    const { catalog } = city.gateway
    const registered = catalog.systems.get('rc-enrolment')!
    const notices = createNotices({
      gatewayId: 'guanyi:test',
      store,
      catalog: () => ({
        ...catalog,
        systems: new Map([['rc-enrolment', { ...registered, system: { ...registered.system, webhooks: [url] } }]]),
      }),
      crypto: createSoftwareCrypto(),
      signingKey: () => importSigningJwk({ ...city.installation.systemKeys.get('rc-enrolment')!.jwk }),
      newId: () => crypto.randomUUID(),
      now: Date.now,
    })
    await city.sql('insert into batch_deliveries (batch, url, next_at) values ($1, $2, now())', [id, url])
    for (let time = 1; time <= 10; time++) {
      await notices.deliver()
      await city.sql(`update batch_deliveries set next_at = now() - interval '1 second' where state = 'pending'`)
    }
    expect(calls).toBe(8)
    const listed = await guanyi(['batch', 'notices', '--json'], { env: city.installation.env })
    expect((listed.json() as unknown as object[])[0]).toMatchObject({
      batch: id,
      url,
      state: 'dead',
      attempts: 8,
      lastFailure: 'http-500',
    })
    await store.close()
    receiver.close()
  })
})

describe('a system that has left the catalogue', () => {
  it('counts as suspended, under the names its batch was taken in under', () => {
    const owner = ownerOf(city.gateway.catalog, { system: 'gone', member: 'rc-jyj' })
    expect(owner).toMatchObject({ system: { id: 'gone', status: 'suspended', webhooks: [] }, member: { id: 'rc-jyj' } })
    expect(ownerOf(city.gateway.catalog, { system: 'gone', member: 'gone' }).member.id).toBe('gone')
  })
})

/** Last: it takes the city's Redis away. */
describe('without Redis', () => {
  it('a batch goes on: what is to be done stands in PostgreSQL', async () => {
    await worker()
    city.redis!.kill()
    const system = bulk(city)
    const id = await system.begin(manyLines(40))
    expect(await system.finished(id)).toMatchObject({ state: 'completed', released: 40 })
    const toldAt = performance.now()
    await workers.pop()!.stop()
    expect(performance.now() - toldAt).toBeLessThan(10_000) // it does not wait for Redis to come back
  })
})

/** Every key and value, as text. */
async function everythingIn(redis: Redis): Promise<string> {
  const said: unknown[] = []
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key)
    said.push(
      key,
      type === 'hash'
        ? await redis.hgetall(key)
        : type === 'list'
          ? await redis.lrange(key, 0, -1)
          : type === 'set'
            ? await redis.smembers(key)
            : type === 'zset'
              ? await redis.zrange(key, '0', '-1')
              : type === 'stream'
                ? await redis.xrange(key, '-', '+')
                : type === 'string'
                  ? await redis.get(key)
                  : null,
    )
  }
  return said
    .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
    .join('\n')
    .replaceAll('\\"', '"')
}
