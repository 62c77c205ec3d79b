import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

/** A Lua script, sent by its digest and in full only where the server does not know it yet (first use, restart). */
export function defineScript(text: string) {
  const sha = createHash('sha1').update(text).digest('hex')
  return async function run(
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.eval(text, keys.length, ...keys, ...args)
    }
  }
}
