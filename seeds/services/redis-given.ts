import type { RedisServer } from './redis.ts'
import { withRedis } from './redis-client.ts'

/** A server someone else runs: we use it and leave it running. */
export async function givenRedis(url: string, log: (line: string) => void): Promise<RedisServer> {
  const version = await withRedis(
    url,
    async (client) => /redis_version:(\S+)/.exec(await client.info('server'))?.[1],
  ).catch((cause) => {
    throw new Error('给定的 Redis 连接不上 / the given Redis does not answer', { cause })
  })
  log(`使用给定的 Redis ${version} / using the given Redis ${version}`)
  const notOurs = (): never => {
    throw new Error('给定的 Redis 不由本程序启停 / the given Redis is not ours to stop or start')
  }
  return {
    url,
    version: version ?? 'unknown',
    origin: 'given',
    pid: 0,
    stop: async () => {},
    kill: notOurs,
    restart: async () => notOurs(),
  }
}
