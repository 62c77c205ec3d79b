import { Redis } from 'ioredis'
import { type Check, causeOf, type Finding, findings } from './finding.ts'

const subject = { check: 'redis', name: { zh: 'Redis', en: 'Redis' } }
const OLDEST = [6, 2] as const

export const redisCheck: Check = {
  ...subject,
  async run({ env }) {
    const main = env.REDIS_URL
    const cache = env.REDIS_CACHE_URL
    const { skipped } = findings(subject)
    return [
      ...(main
        ? await examine(main, 'REDIS_URL', true)
        : [
            skipped({
              zh: '未设 REDIS_URL：无缓存，用量只在进程内计',
              en: 'no REDIS_URL: no cache, ceilings are counted in this process only',
            }),
          ]),
      ...(cache && cache !== main ? await examine(cache, 'REDIS_CACHE_URL', false) : []),
    ]
  },
}

/** Queues and counts must not be evicted; a cache of its own may be. */
async function examine(url: string, variable: string, keepsAll: boolean): Promise<Finding[]> {
  const { ok, fail } = findings(subject)
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 3_000,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
  })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    const info = await redis.info()
    const version = read(info, 'redis_version')
    const policy = read(info, 'maxmemory_policy')
    const detail = `${variable} ${version}, ${policy}`
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
      return [fail(detail, { zh: '请升级到 Redis 6.2 或更新版本', en: 'upgrade to Redis 6.2 or newer' })]
    if (keepsAll && policy !== 'noeviction') {
      return [
        fail(detail, {
          zh: '设 maxmemory-policy noeviction：作业队列与用量计数不能被逐出；缓存可另用 REDIS_CACHE_URL',
          en: 'set maxmemory-policy noeviction: queues and counts must not be evicted; the cache can have its own REDIS_CACHE_URL',
        }),
      ]
    }
    return [ok(detail)]
  } catch (thrown) {
    return [
      fail(`${variable} ${causeOf(thrown)}`, {
        zh: '确认 Redis 已启动、网络可达；在此期间交换照常进行，但没有缓存',
        en: 'check that Redis runs and the network; meanwhile exchanges go on without cache',
      }),
    ]
  } finally {
    redis.disconnect()
  }
}

const read = (info: string, name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '?'
