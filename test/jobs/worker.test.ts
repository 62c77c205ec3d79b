import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresExchangeLog } from '../../gateway/adapters/postgres/log/exchange-log.ts'
import { startWorker } from '../../gateway/jobs/start-worker.ts'
import { type MigratedDatabase, migratedDatabase } from '../adapters/postgres/database.ts'
import { draft } from '../conformance/exchange-log.ts'
import { testGrant, until } from '../conformance/grant-store.ts'
import { type FreshRedis, freshRedis } from '../support/services.ts'

const CREATED = Date.parse('2031-11-30T15:59:59Z')
const LATER = Date.parse('2032-01-31T16:00:00Z')
const DAY = 86_400_000

describe('guanyi work', () => {
  let database: MigratedDatabase
  let redis: FreshRedis
  beforeAll(async () => {
    database = await migratedDatabase(CREATED)
    redis = await freshRedis()
  })
  afterAll(async () => {
    await database.drop()
    await redis.close()
  })
  const started = (lines: string[], more: Partial<Parameters<typeof startWorker>[0]> = {}) =>
    startWorker({
      redisUrl: redis.url,
      ownerUrl: database.ownerUrl,
      queueName: `test-${randomUUID()}`,
      now: () => LATER,
      log: (line) => lines.push(line),
      ...more,
    })
  const says = (lines: string[], wanted: RegExp, times = 1) =>
    until(async () => lines.filter((line) => wanted.test(line)).length >= times, 5000)

  it('does its three tasks as soon as it starts, and finds nothing to do the next time', async () => {
    const ended = testGrant({ term: { from: '2026-01-01T00:00:00Z', until: '2032-01-01T00:00:00Z' } })
    const running = testGrant({ term: { from: '2026-01-01T00:00:00Z', until: '2033-01-01T00:00:00Z' } })
    for (const grant of [ended, running]) await database.sql('insert into grants (document) values ($1)', [grant])
    const log = createPostgresExchangeLog({ url: database.url })
    const old = draft({ requestId: { iss: 'test-system', jti: randomUUID(), expiresAtMs: Date.now() - 2 * DAY } })
    const young = draft({ requestId: { iss: 'test-system', jti: randomUUID(), expiresAtMs: Date.now() - DAY / 2 } })
    await log.appendAll([old, young])
    await log.claimAssertion('test-system', randomUUID(), Date.now() - 2 * DAY)

    const lines: string[] = []
    const worker = await started(lines)
    // November to February existed; now February to May are wanted.
    await says(lines, /^make-partitions: made 6, keptInDefault 0/)
    await says(lines, /^expire-grants: expired 1 /)
    await says(lines, /^clear-request-ids: cleared 2 /)
    await worker.close()

    expect(await database.sql(`select from pg_class where relname = 'records_203205'`)).toHaveLength(1)
    const status = await database.sql<{ id: string; status: string }>('select id, status from grants')
    expect(Object.fromEntries(status.map((row) => [row.id, row.status]))).toEqual({
      [ended.id]: 'expired',
      [running.id]: 'active',
    })
    expect(await log.findByRequestId('test-system', old.requestId?.jti ?? '')).toBeUndefined()
    expect(await log.findByRequestId('test-system', young.requestId?.jti ?? '')).toBeDefined()
    await log.close()

    const again: string[] = []
    const second = await started(again)
    await says(again, /^make-partitions: made 0, keptInDefault 0/)
    await says(again, /^expire-grants: expired 0 /)
    await says(again, /^clear-request-ids: cleared 0 /)
    await second.close()
  })

  it('two workers share the work, and it recurs', async () => {
    const lines: string[] = []
    const queueName = `test-${randomUUID()}`
    const everyMs = { 'expire-grants': 400 }
    const workers = [await started(lines, { queueName, everyMs }), await started(lines, { queueName, everyMs })]
    const ms = await says(lines, /^expire-grants/, 4)
    expect(lines.filter((line) => line.startsWith('expire-grants')).length).toBeLessThanOrEqual(ms / 400 + 3)
    expect(lines.filter((line) => line.startsWith('make-partitions')).length).toBe(1)
    await Promise.all(workers.map((worker) => worker.close()))
    const after = lines.length
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(lines.length).toBe(after)
  })

  it('goes on after Redis was killed and came back empty; putting schedules in place again does not hurry them', async () => {
    const own = await freshRedis()
    const lines: string[] = []
    const everyMs = { 'expire-grants': 500 }
    const worker = await started(lines, { redisUrl: own.url, renewMs: 50, everyMs })
    const ms = await says(lines, /^expire-grants/, 4)
    expect(ms).toBeGreaterThan(1000)
    own.kill()
    await says(lines, /queue away/)
    await own.restart()
    const client = new Redis(own.url)
    await client.flushall()
    client.disconnect()
    const before = lines.filter((line) => line.startsWith('expire-grants')).length
    await says(lines, /^expire-grants/, before + 3)
    await worker.close()
    await own.close()
  })

  it('says so when Redis is not there', async () => {
    const own = await freshRedis()
    await own.close()
    await expect(started([], { redisUrl: own.url })).rejects.toThrow()
  })

  it('a task that fails is tried again', async () => {
    const lines: string[] = []
    const broken = new URL(database.ownerUrl)
    await database.sql('alter function clear_request_ids(timestamptz, int) rename to hidden')
    const worker = await started(lines, { ownerUrl: broken.href })
    await says(lines, /^clear-request-ids 失败 failed \(attempt 1\)/)
    await database.sql('alter function hidden(timestamptz, int) rename to clear_request_ids')
    await says(lines, /^clear-request-ids: cleared/)
    await worker.close()
  })
})
