import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryReplayGuard } from '../../../gateway/adapters/memory/replay-guard.ts'
import { openRedisLink, type RedisLink } from '../../../gateway/adapters/redis/connection.ts'
import { createRedisReplayGuard } from '../../../gateway/adapters/redis/replay-guard.ts'
import { type FreshRedis, freshRedis } from '../../support/services.ts'

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

const guard = () => createRedisReplayGuard({ link, now: Date.now })
const soon = () => Date.now() + 60_000

describe('the replay guard', () => {
  it('answers the first exchange to every repeat', async () => {
    expect(await guard().claim('s1', 'j1', 'x1', soon())).toBe('claimed')
    expect(await guard().claim('s1', 'j1', 'x2', soon())).toEqual({ firstExchangeId: 'x1' })
    expect(await guard().claim('s1', 'j1', 'x3', soon())).toEqual({ firstExchangeId: 'x1' })
  })

  it('lets one of many at once through', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => guard().claim('s1', 'j2', `y${n}`, soon())))
    expect(answers.filter((answer) => answer === 'claimed')).toHaveLength(1)
  })

  it('keeps systems apart, also when their names and ids run into each other', async () => {
    expect(await guard().claim('s', '1:j3', 'a', soon())).toBe('claimed')
    expect(await guard().claim('s:1', 'j3', 'b', soon())).toBe('claimed')
  })

  it('lets the same exchange claim again', async () => {
    await guard().claim('s1', 'j4', 'x1', soon())
    expect(await guard().claim('s1', 'j4', 'x1', soon())).toBe('claimed')
  })

  it('forgets an id when it expires, and does not keep one that has', async () => {
    await guard().claim('s1', 'j5', 'x1', Date.now() + 40)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(await guard().claim('s1', 'j5', 'x2', Date.now() - 1)).toBe('claimed')
    expect(await guard().claim('s1', 'j5', 'x3', soon())).toBe('claimed')
  })

  it('writes digests only', async () => {
    await guard().claim('rc-enrolment', '371099198803120026', 'x1', soon())
    const keys = await link.attempt(
      (redis) => redis.keys('*'),
      () => [],
    )
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.join()).not.toMatch(/371099198803120026|rc-enrolment/)
  })

  it('knows only its own while Redis is away, leaving the rest to the log, and guards again afterwards', async () => {
    const here = guard()
    await here.claim('s1', 'j6', 'x1', soon())
    server.kill()
    const startedMs = performance.now()
    for (let n = 0; n < 20; n++) expect(await guard().claim('s1', 'j6', 'x2', soon())).toBe('claimed')
    expect(await here.claim('s1', 'j6', 'x2', soon())).toEqual({ firstExchangeId: 'x1' })
    expect(await here.claim('s1', 'j8', 'x1', soon())).toBe('claimed')
    expect(await here.claim('s1', 'j8', 'x2', soon())).toEqual({ firstExchangeId: 'x1' })
    expect(performance.now() - startedMs).toBeLessThan(1_000)
    await server.restart()
    expect(await link.whenUp(5_000)).toBe(true)
    expect(await guard().claim('s1', 'j7', 'x1', soon())).toBe('claimed')
    expect(await guard().claim('s1', 'j7', 'x2', soon())).toEqual({ firstExchangeId: 'x1' })
  }, 60_000)

  it('forgets in process too', async () => {
    let now = 1_000
    const alone = createMemoryReplayGuard({ now: () => now })
    expect(await alone.claim('s', 'j', 'x1', 2_000)).toBe('claimed')
    expect(await alone.claim('s', 'j', 'x2', 2_000)).toEqual({ firstExchangeId: 'x1' })
    now = 2_000
    expect(await alone.claim('s', 'j', 'x3', 3_000)).toBe('claimed')
  })
})
