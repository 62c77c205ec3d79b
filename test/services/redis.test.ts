import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FreshRedis, freshRedis, sharedRedisUrl } from '../support/services.ts'

describe('the Redis the tests use', () => {
  let server: FreshRedis
  let client: Redis
  beforeAll(async () => {
    server = await freshRedis()
    client = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
    client.on('error', () => {}) // the server is killed on purpose below
  })
  afterAll(async () => {
    client.disconnect()
    await server.close()
  })

  it('runs Lua', async () => {
    expect(await client.eval('return redis.call("INCRBY", KEYS[1], ARGV[1])', 1, 'n', 7)).toBe(7)
  })

  it('does not evict', async () => {
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction'])
  })

  it('keeps port and answered writes over SIGKILL and restart', async () => {
    await client.set('kept', '是')
    server.kill()
    await server.restart()
    expect(await client.get('kept')).toBe('是')
  })

  it('refuses a caller without the password', async () => {
    const { port } = new URL(server.url)
    const stranger = new Redis(Number(port), '127.0.0.1', { lazyConnect: true, retryStrategy: () => null })
    stranger.on('error', () => {})
    await expect(stranger.get('kept')).rejects.toThrow(/NOAUTH/)
    stranger.disconnect()
  })

  it('is not the shared one', async () => {
    const shared = new Redis(await sharedRedisUrl())
    expect(await shared.exists('kept')).toBe(0)
    await shared.quit()
  })
})
