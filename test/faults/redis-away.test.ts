import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, type SeededOptions, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, type Call, call, jose, jws, payloadOf } from '../support/wire.ts'

/** Ten seconds before midnight in China on the last day of a month; in UTC it is an ordinary afternoon. */
const BEFORE_MIDNIGHT = Date.parse('2026-11-30T23:59:50+08:00')
/** The same turn of the month as UTC has it. */
const BEFORE_UTC_MIDNIGHT = Date.parse('2026-11-30T23:59:50Z')

let clock = BEFORE_MIDNIGHT
const now = (): number => clock

async function wipe(city: Seeded): Promise<void> {
  if (city.redis === null) return
  const client = new Redis(city.redis.url)
  await client.flushall()
  client.disconnect()
}

const signed = async (city: Seeded): Promise<Call> => {
  const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
  return jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', ENROLMENT, now())))
}
const cacheOf = (answered: Answered): unknown =>
  (answered.json().sources as Record<string, { cache: string }>)['household-registration']?.cache

function assertReplayed(answered: Answered, first: Answered): void {
  expect(answered.status, answered.text).toBe(409)
  expect(answered.json()).toMatchObject({
    code: 'request.replayed',
    firstExchange: { id: first.headers['x-exchange-id'], outcome: 'released' },
  })
  expect(answered.json().data).toBeUndefined()
}

describe.each<[string, SeededOptions]>([
  ['Redis that may vanish', {}],
  ['no Redis at all', { redis: null }],
])('%s', (_name, options) => {
  let city: Seeded
  let other: string
  beforeAll(async () => {
    clock = BEFORE_MIDNIGHT
    city = await seededGateway({ ...options, now })
    other = (await city.another()).dataUrl
  })
  afterAll(() => city?.stop())
  const sendTo = (url: string, what: Call) => call(url, what)

  it.each([
    ['China', BEFORE_MIDNIGHT],
    ['UTC', BEFORE_UTC_MIDNIGHT],
  ])(
    'a request of 23:59:50 sent again at 00:00:10 of the next month (%s) is refused on every gateway, its memory wiped',
    async (_zone, at) => {
      clock = at
      const request = await signed(city)
      const first = await sendTo(city.gateway.dataUrl, request)
      expect(first.status, first.text).toBe(200)
      clock = at + 20_000
      await wipe(city)
      assertReplayed(await sendTo(other, request), first)
      await wipe(city)
      assertReplayed(await sendTo(city.gateway.dataUrl, request), first)
      // A fresh gateway remembers nothing of its own.
      const fresh = await city.another()
      await wipe(city)
      assertReplayed(await sendTo(fresh.dataUrl, request), first)
      await fresh.stop()
    },
  )

  it('fifty copies sent at once to two gateways release once', async () => {
    const request = await signed(city)
    await wipe(city)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_none, at) => sendTo(at % 2 === 0 ? city.gateway.dataUrl : other, request)),
    )
    const released = answers.filter(({ status }) => status === 200)
    expect(released).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49)
    const rows = await city.sql('select 1 from request_ids where exchange_id = $1', [
      released[0]!.headers['x-exchange-id'],
    ])
    expect(rows).toHaveLength(1)
  })

  it('exchanges go on without the cache while it is away, and with it once it is back', async () => {
    const again = async () => sendTo(city.gateway.dataUrl, await signed(city))
    if (city.redis === null) {
      expect(cacheOf(await again())).not.toBe('hit')
      return
    }
    await again()
    await expect.poll(async () => cacheOf(await again())).toBe('hit')
    city.redis.kill()
    const answers = await Promise.all(Array.from({ length: 10 }, again))
    for (const answered of answers) {
      expect(answered.status, answered.text).toBe(200)
      expect(cacheOf(answered)).not.toBe('hit')
    }
    const request = await signed(city)
    const first = await sendTo(city.gateway.dataUrl, request)
    assertReplayed(await sendTo(other, request), first)
    const readiness = await call(city.gateway.dataUrl, { method: 'GET', path: '/readyz' })
    expect(readiness.json()).toMatchObject({ ready: true, checks: { redis: false } })
    await city.redis.restart()
    clock += 5_000 // the link looks again after a pause of this clock
    await expect.poll(async () => cacheOf(await again()), { timeout: 10_000 }).toBe('hit')
  })
})
