import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSoftwareCrypto } from '../../../gateway/adapters/crypto/software.ts'
import { openRedisLink, type RedisLink } from '../../../gateway/adapters/redis/connection.ts'
import { createRedisResultCache } from '../../../gateway/adapters/redis/result-cache.ts'
import type { CachedAnswer, CacheKey } from '../../../gateway/ports/result-cache.ts'
import { type FreshRedis, freshRedis } from '../../support/services.ts'

const ID = '371099198803120026'
const crypto = createSoftwareCrypto()
const digestKey = { id: 'd1', bytes: Buffer.alloc(32, 1) }
const sealKey = { id: 's1', bytes: Buffer.alloc(32, 2) }
const key = (change: Partial<CacheKey> = {}): CacheKey => ({
  dataset: 'household-registration',
  schemaVersion: 'v1',
  inputs: { id: ID, name: '测试张三' },
  fields: ['address', 'householder'],
  subject: `resident-id:${ID}`,
  ...change,
})

let server: FreshRedis
let admin: Redis
let link: RedisLink
let nowMs = Date.UTC(2026, 10, 20)
const answer = (text = '荣成市测试街道'): CachedAnswer => ({
  records: [{ address: text }],
  asOfMs: nowMs - 5_000,
  fetchedAtMs: nowMs,
})
const cacheWith = (change: object = {}) =>
  createRedisResultCache({ link, crypto, digestKey, sealKey, now: () => nowMs, ...change })
const entryKeys = async () => (await admin.keys('*')).filter((name) => !name.endsWith(':epoch'))

beforeAll(async () => {
  server = await freshRedis()
  admin = new Redis(server.url)
  admin.on('error', () => undefined)
})
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 20)
  await admin.flushall()
  link = openRedisLink(server.url)
  expect(await link.whenUp(5_000)).toBe(true)
})
afterEach(() => link.close())
afterAll(async () => {
  admin.disconnect()
  await server.close()
})

const fill = async (which = key(), what = answer(), ttlMs = 60_000) => {
  const cache = cacheWith()
  const { epoch } = await cache.get(which, ttlMs)
  await cache.put(which, what, ttlMs, epoch)
  return cache
}

describe('createRedisResultCache', () => {
  it('answers what was put, for the same dataset, schema, inputs and fields in any order', async () => {
    const cache = await fill()
    const same = key({ inputs: { name: '测试张三', id: ID }, fields: ['householder', 'address'] })
    expect((await cache.get(same, 60_000)).hit).toEqual(answer())
  })
  it.each<[string, Partial<CacheKey>]>([
    ['another dataset', { dataset: 'marriage-registration' }],
    ['another schema version', { schemaVersion: 'v2' }],
    ['another input', { inputs: { id: ID } }],
    ['fewer fields', { fields: ['address'] }],
    ['another subject', { subject: 'resident-id:371099201907120017' }],
  ])('is a miss for %s', async (_name, change) => {
    const cache = await fill()
    expect((await cache.get(key(change), 60_000)).hit).toBeUndefined()
  })
  it('keeps `not-found` and `not-covered` too', async () => {
    const none: CachedAnswer = { records: [], asOfMs: 1, fetchedAtMs: nowMs, notCovered: true }
    const cache = await fill(key(), none)
    expect((await cache.get(key(), 60_000)).hit).toEqual(none)
  })
  it('is a miss beyond the reader’s own age limit, whatever the entry’s', async () => {
    const cache = await fill()
    nowMs += 10_001
    expect((await cache.get(key(), 10_000)).hit).toBeUndefined()
    expect((await cache.get(key(), 10_001)).hit).toBeDefined()
  })
  it('lets Redis forget the entry at its time', async () => {
    await fill(key(), answer(), 60_000)
    const [name = ''] = await entryKeys()
    expect(await admin.pttl(name)).toBeGreaterThan(50_000)
    expect(await admin.pttl(name)).toBeLessThanOrEqual(60_000)
  })
  it.each([[0], [-1]])('keeps nothing for a time to live of %i', async (ttlMs) => {
    await fill(key(), answer(), ttlMs)
    expect(await entryKeys()).toEqual([])
  })
  it('does not keep an answer that is older than its time to live already', async () => {
    await fill(key(), { ...answer(), fetchedAtMs: nowMs - 60_000 })
    expect(await entryKeys()).toEqual([])
  })
  it('shows no identifier, name or value in any key or value', async () => {
    const cache = await fill(key({ dataset: 'a' }))
    await cache.raiseEpoch(`resident-id:${ID}`)
    await fill(key({ dataset: 'b' }))
    const names = await admin.keys('*')
    const whole = Buffer.concat(
      await Promise.all(names.map(async (name) => (await admin.getBuffer(name)) ?? Buffer.alloc(0))),
    )
    const text = `${names.join(' ')} ${whole.toString('latin1')} ${whole.toString('utf8')}`
    expect(names.length).toBeGreaterThan(2)
    for (const clear of [ID, '测试', '荣成', 'resident-id', 'address', '371099']) expect(text).not.toContain(clear)
  })

  it('opens neither of two entries that were swapped', async () => {
    await fill(key(), answer('甲'))
    const cache = await fill(key({ dataset: 'other' }), answer('乙'))
    const [a = '', b = ''] = await entryKeys()
    const [valueA, valueB] = [await admin.getBuffer(a), await admin.getBuffer(b)]
    await admin.set(a, valueB!)
    await admin.set(b, valueA!)
    expect((await cache.get(key(), 60_000)).hit).toBeUndefined()
    expect((await cache.get(key({ dataset: 'other' }), 60_000)).hit).toBeUndefined()
  })
  it.each<[string, (stored: Buffer) => Buffer | string]>([
    ['a changed byte', (stored) => Buffer.concat([stored.subarray(0, -1), Buffer.from([stored.at(-1)! ^ 1])])],
    ['a cut end', (stored) => stored.subarray(0, -5)],
    ['a made-up time', (stored) => Buffer.concat([Buffer.from('9'), stored.subarray(1)])],
    ['a younger time', (stored) => Buffer.from(stored.toString('latin1').replace(/^\d+/, String(nowMs + 1)), 'latin1')],
    ['no head', () => 'text without a line'],
    ['nothing', () => ''],
  ])('takes %s for a miss', async (_name, tamper) => {
    const cache = await fill()
    const [name = ''] = await entryKeys()
    await admin.set(name, tamper((await admin.getBuffer(name))!))
    expect((await cache.get(key(), 60_000)).hit).toBeUndefined()
  })
  it.each([
    ['seal', { sealKey: { id: 's2', bytes: Buffer.alloc(32, 3) } }],
    ['digest', { digestKey: { id: 'd2', bytes: Buffer.alloc(32, 3) } }],
  ])('is a miss under another %s key', async (_name, change) => {
    await fill()
    expect((await cacheWith(change).get(key(), 60_000)).hit).toBeUndefined()
  })

  it('makes every answer about a subject unreadable when its epoch is raised, and works on after', async () => {
    await fill(key({ dataset: 'a' }))
    const cache = await fill(key({ dataset: 'b' }))
    await cache.raiseEpoch(`resident-id:${ID}`)
    for (const dataset of ['a', 'b']) expect((await cache.get(key({ dataset }), 60_000)).hit).toBeUndefined()
    await fill(key({ dataset: 'a' }))
    expect((await cache.get(key({ dataset: 'a' }), 60_000)).hit).toBeDefined()
  })
  it('drops a write that was under way when the epoch was raised', async () => {
    const cache = cacheWith()
    const { epoch } = await cache.get(key(), 60_000)
    await cache.raiseEpoch(`resident-id:${ID}`)
    await cache.put(key(), answer(), 60_000, epoch)
    expect(await entryKeys()).toEqual([])
  })
  it('does not bring an old answer back by raising twice', async () => {
    const cache = await fill()
    const before = (await cache.get(key(), 60_000)).epoch
    await cache.raiseEpoch(`resident-id:${ID}`)
    await cache.raiseEpoch(`resident-id:${ID}`)
    const after = await cache.get(key(), 60_000)
    expect(after.hit).toBeUndefined()
    expect(after.epoch).not.toBe(before)
  })

  it('reads all datasets of an exchange in one command', async () => {
    const cache = await fill(key({ dataset: 'a' }))
    await fill(key({ dataset: 'b', subject: 'resident-id:371099201907120017' }))
    await admin.config('RESETSTAT')
    const queries = ['a', 'x', 'b'].map((dataset) => ({
      key: key({ dataset, ...(dataset === 'b' ? { subject: 'resident-id:371099201907120017' } : {}) }),
      maxAgeMs: 60_000,
    }))
    const readings = await cache.getMany(queries)
    expect(readings.map(({ hit }) => hit !== undefined)).toEqual([true, false, true])
    const stats = await admin.info('commandstats')
    expect(stats).toMatch(/cmdstat_mget:calls=1,/)
    expect(stats).not.toMatch(/cmdstat_get:/)
  })
  it('goes without where the installation has no Redis', async () => {
    const cache = cacheWith({ link: null })
    const reading = await cache.get(key(), 60_000)
    expect(reading).toEqual({ hit: undefined, epoch: '' })
    await cache.put(key(), answer(), 60_000, reading.epoch)
    await cache.raiseEpoch('resident-id:x')
  })
})

describe('Redis killed mid-run', () => {
  it('is a miss at once and never an error; only a correction hears of it; then works again', async () => {
    const cache = await fill()
    expect((await cache.get(key(), 60_000)).hit).toBeDefined()
    server.kill()
    const startedAt = performance.now()
    for (let round = 0; round < 20; round += 1) {
      expect(await cache.get(key(), 60_000)).toEqual({ hit: undefined, epoch: '' })
      await cache.put(key(), answer(), 60_000, '0')
    }
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    await expect(cache.raiseEpoch(`resident-id:${ID}`)).rejects.toMatchObject({ code: 'internal' })
    await server.restart()
    await expect.poll(async () => (await cache.get(key(), 60_000)).epoch, { timeout: 10_000 }).not.toBe('')
    await fill()
    expect((await cache.get(key(), 60_000)).hit).toBeDefined()
  })
})
