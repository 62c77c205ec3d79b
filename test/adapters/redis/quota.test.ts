import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createMemoryQuota } from '../../../gateway/adapters/memory/quota.ts'
import { openRedisLink, type RedisLink } from '../../../gateway/adapters/redis/connection.ts'
import { createRedisQuota } from '../../../gateway/adapters/redis/quota.ts'
import type { Ceiling, Quota, QuotaCharge } from '../../../gateway/ports/quota.ts'
import { type FreshRedis, freshRedis } from '../../support/services.ts'

const START = Date.parse('2026-09-01T02:30:00Z') // 10:30 in China
const calls = (limit: number, period: Ceiling['period'] = 'hour'): Ceiling => ({ measure: 'calls', period, limit })
const subjects = (limit: number): Ceiling => ({ measure: 'subjects', period: 'day', limit })
const records = (limit: number): Ceiling => ({ measure: 'records', period: 'day', limit })
const mismatches = (limit: number): Ceiling => ({ measure: 'mismatches', period: 'day', limit })

let server: FreshRedis
let link: RedisLink
beforeAll(async () => {
  server = await freshRedis()
  link = openRedisLink(server.url, { commandTimeoutMs: 10_000 }) // a busy machine is not what is tested
  await link.whenUp(5_000)
}, 60_000)
afterAll(async () => {
  await link.close()
  await server.close()
})

let serial = 0
/** A charge of one call against a grant nobody else uses. */
function charge(ceilings: Ceiling[], over: Partial<QuotaCharge> = {}): QuotaCharge {
  return { grantId: `g${++serial}`, ceilings, subjectDigest: 'k1:subject-a', ...over }
}

describe.each<[string, (now: () => number) => Quota]>([
  ['in Redis', (now) => createRedisQuota({ link, now })],
  ['in process', (now) => createMemoryQuota({ now })],
])('ceilings counted %s', (_, create) => {
  it('admits exactly as many calls as the limit and says when to come back', async () => {
    const quota = create(() => START)
    const one = charge([calls(3)])
    for (let n = 0; n < 3; n++) expect(await quota.charge([one])).toBeUndefined()
    expect(await quota.charge([one])).toEqual({ grantId: one.grantId, ceiling: calls(3), retryAfterSeconds: 1800 })
  })

  it('begins anew with the hour, and with the day in China', async () => {
    let now = START
    const quota = create(() => now)
    const hourly = charge([calls(1)])
    const daily = charge([calls(1, 'day')])
    await quota.charge([hourly, daily])
    now = Date.parse('2026-09-01T02:59:59.999Z')
    expect(await quota.charge([hourly])).toMatchObject({ retryAfterSeconds: 1 })
    now += 1
    expect(await quota.charge([hourly])).toBeUndefined()
    now = Date.parse('2026-09-01T15:59:59.999Z') // 23:59:59.999 in China
    expect(await quota.charge([daily])).toMatchObject({ ceiling: calls(1, 'day') })
    now += 1
    expect(await quota.charge([daily])).toBeUndefined()
  })

  it('counts nothing on any grant when one of them is exhausted', async () => {
    const quota = create(() => START)
    const full = charge([calls(0)])
    const free = charge([calls(1)])
    for (let n = 0; n < 3; n++) expect(await quota.charge([free, full])).toMatchObject({ grantId: full.grantId })
    expect(await quota.charge([free])).toBeUndefined()
    expect(await quota.charge([free])).toBeDefined()
  })

  it('counts distinct subjects: known ones pass, a new one beyond the limit does not', async () => {
    const quota = create(() => START)
    const base = charge([subjects(2)])
    const about = (subjectDigest: string) => quota.charge([{ ...base, subjectDigest }])
    for (const who of ['a', 'b', 'a', 'b']) expect(await about(who)).toBeUndefined()
    expect(await about('c')).toMatchObject({ ceiling: subjects(2) })
    expect(await about('a')).toBeUndefined()
  })

  it('lets the next call see the records of the last', async () => {
    const quota = create(() => START)
    const one = charge([records(10)])
    expect(await quota.charge([one])).toBeUndefined()
    await quota.addRecords(one.grantId, one.ceilings, 9)
    expect(await quota.charge([one])).toBeUndefined()
    await quota.addRecords(one.grantId, one.ceilings, 5)
    expect(await quota.charge([one])).toMatchObject({ ceiling: records(10) })
  })

  it('counts mismatches per subject and field, whole charges included', async () => {
    const quota = create(() => START)
    const { grantId, ceilings } = charge([mismatches(2)])
    const one: QuotaCharge = { grantId, ceilings, subjectDigest: 's', detail: 'digest-of-subject-and-field-1' }
    for (let n = 0; n < 2; n++) {
      expect(await quota.mismatchesExhausted(grantId, ceilings, one.detail!)).toBe(false)
      expect(await quota.charge([one])).toBeUndefined()
      await quota.addMismatch(grantId, ceilings, one.detail!)
    }
    expect(await quota.mismatchesExhausted(grantId, ceilings, one.detail!)).toBe(true)
    expect(await quota.charge([one])).toMatchObject({ ceiling: mismatches(2) })
    expect(await quota.mismatchesExhausted(grantId, ceilings, 'digest-of-subject-and-field-2')).toBe(false)
  })

  it('admits no more than the limit when many ask at once', async () => {
    const quota = create(() => START)
    const one = charge([calls(20), subjects(10)])
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => quota.charge([{ ...one, subjectDigest: `s${n % 5}` }])),
    )
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(20)
  })

  it('asks nothing of a grant without ceilings', async () => {
    expect(await create(() => START).charge([charge([])])).toBeUndefined()
    expect(await create(() => START).charge([])).toBeUndefined()
  })
})

describe('in Redis', () => {
  it('counts for all processes together', async () => {
    const [here, there] = [createRedisQuota({ link, now: () => START }), createRedisQuota({ link, now: () => START })]
    const one = charge([calls(2)])
    expect(await here.charge([one])).toBeUndefined()
    expect(await there.charge([one])).toBeUndefined()
    expect(await here.charge([one])).toBeDefined()
  })

  it('charges several grants and ceilings with one command', async () => {
    const quota = createRedisQuota({ link, now: () => START })
    const many = [1, 2, 3].map(() => charge([calls(9), calls(9, 'day'), records(9), subjects(9)]))
    await quota.charge(many) // the script is known from here on
    const seen = await commandsDuring(() => quota.charge(many))
    expect(seen.map((command) => command[0])).toEqual(['evalsha'])
  })

  it('leaves no counter behind without an end, and names no subject in a key', async () => {
    const quota = createRedisQuota({ link, now: () => START })
    const one = charge([calls(9), subjects(9), records(9), mismatches(9)])
    await quota.charge([{ ...one, detail: 'd' }])
    await quota.addRecords(one.grantId, one.ceilings, 3)
    await quota.addMismatch(one.grantId, one.ceilings, 'd')
    const found = await link.attempt(
      async (redis) => {
        const keys = await redis.keys(`*${one.grantId}:*`)
        return Promise.all(keys.map(async (key) => ({ key, ttl: await redis.pttl(key) })))
      },
      () => [],
    )
    expect(found).toHaveLength(4)
    for (const { key, ttl } of found) {
      expect(ttl).toBeGreaterThan(0)
      expect(ttl).toBeLessThanOrEqual(24 * 3_600_000 + 60_000)
      expect(key).not.toContain('subject-a')
    }
  })
})

describe('while Redis is away', () => {
  it('goes on counting in process, on top of what this process was admitted, and returns without a restart', async () => {
    const own = await freshRedis()
    const states: string[] = []
    const ownLink = openRedisLink(own.url, { commandTimeoutMs: 5_000, onState: (state) => states.push(state) })
    onTestFinished(async () => {
      await ownLink.close()
      await own.close()
    })
    await ownLink.whenUp(5_000)
    const quota = createRedisQuota({ link: ownLink, now: () => START })
    const one = charge([calls(3), subjects(5)])
    expect(await quota.charge([one])).toBeUndefined()

    own.kill()
    const startedMs = performance.now()
    expect(await quota.charge([one])).toBeUndefined()
    expect(await quota.charge([one])).toBeUndefined()
    expect(await quota.charge([one])).toMatchObject({ ceiling: calls(3) })
    await quota.addRecords(one.grantId, [records(1)], 1)
    expect(await quota.charge([{ ...one, ceilings: [records(1)] }])).toMatchObject({ ceiling: records(1) })
    expect(performance.now() - startedMs).toBeLessThan(1_000)

    await own.restart()
    expect(await ownLink.whenUp(5_000)).toBe(true)
    const other = charge([calls(1)])
    expect(await quota.charge([other])).toBeUndefined() // the script has to be sent again
    expect(await createRedisQuota({ link: ownLink, now: () => START }).charge([other])).toBeDefined()
    expect(states).toEqual(['up', 'away', 'up'])
  }, 60_000)

  it('gives each process its share of the limit', async () => {
    const away = openRedisLink('redis://127.0.0.1:1')
    onTestFinished(() => away.close())
    const quota = createRedisQuota({ link: away, now: () => START, fallbackShare: 1 / 4 })
    const one = charge([calls(8)])
    const answers = []
    for (let n = 0; n < 4; n++) answers.push(await quota.charge([one]))
    expect(answers.map((answer) => answer === undefined)).toEqual([true, true, false, false])
  })

  it('waits once, not every time, for a Redis that takes the connection and then says nothing', async () => {
    const silent = await silentProxy(server.url)
    const slow = openRedisLink(silent.url, { commandTimeoutMs: 100, quietMs: 60_000 })
    onTestFinished(async () => {
      await slow.close()
      silent.close()
    })
    await slow.whenUp(5_000)
    const quota = createRedisQuota({ link: slow, now: () => START })
    const one = charge([calls(1_000)])
    await quota.charge([one])
    silent.mute()
    const startedMs = performance.now()
    for (let n = 0; n < 50; n++) expect(await quota.charge([one])).toBeUndefined()
    expect(performance.now() - startedMs).toBeLessThan(400)
  })

  it('forgets old counters in process instead of growing', async () => {
    const quota = createMemoryQuota({ now: () => START, max: 10 })
    for (let n = 0; n < 100; n++) await quota.charge([charge([calls(1)])])
    const one = charge([calls(1)])
    await quota.charge([one])
    expect(await quota.charge([one])).toBeDefined()
  })
})

/** What Redis itself saw; the monitor's own commands are left out. */
async function commandsDuring(work: () => Promise<unknown>): Promise<string[][]> {
  const { Redis } = await import('ioredis')
  const monitor = await new Redis(server.url).monitor()
  const seen: string[][] = []
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua') seen.push(args)
  })
  await work()
  await new Promise((resolve) => setTimeout(resolve, 50))
  monitor.disconnect()
  return seen
}

/** Passes bytes on until it is muted; the connection then stays open and nothing comes back. */
async function silentProxy(target: string) {
  const { connect } = await import('node:net')
  const { hostname, port } = new URL(target)
  let muted = false
  const sockets = new Set<import('node:net').Socket>()
  const proxy = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    client.on('data', (bytes) => !muted && upstream.write(bytes))
    upstream.on('data', (bytes) => !muted && client.write(bytes))
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { username, password } = new URL(target)
  const login = password ? `${username}:${password}@` : ''
  return {
    url: `redis://${login}127.0.0.1:${address.port}`,
    mute: () => {
      muted = true
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    },
  }
}
