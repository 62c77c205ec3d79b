import { createHash } from 'node:crypto'
import type { ReplayGuard } from '../../ports/replay-guard.ts'
import { createMemoryReplayGuard } from '../memory/replay-guard.ts'
import type { RedisLink } from './connection.ts'

/**
 * Remembers request ids in Redis until they could no longer be accepted anyway: one command, one round trip. While Redis is
 * away a process knows only what it saw itself, and the log refuses the rest.
 *
 * Keys are digests: a request id is the caller's choice and may hold anything. Needs Redis 7 (`SET … NX … GET`); an older
 * one answers with an error, which counts as away.
 */
export function createRedisReplayGuard({ link, now }: { link: RedisLink; now: () => number }): ReplayGuard {
  const own = createMemoryReplayGuard({ now })
  return {
    async claim(iss, jti, exchangeId, expiresAtMs) {
      const lifetimeMs = Math.ceil(expiresAtMs - now())
      if (lifetimeMs <= 0) return 'claimed'
      const first = await link.attempt<string | null | undefined>(
        (redis) => redis.set(keyOf(iss, jti), exchangeId, 'PX', lifetimeMs, 'NX', 'GET'),
        () => undefined,
      )
      if (first === undefined) return own.claim(iss, jti, exchangeId, expiresAtMs)
      own.note(iss, jti, first ?? exchangeId, expiresAtMs)
      // The same exchange may claim its id again: it is decided anew when grants changed under it.
      return first === null || first === exchangeId ? 'claimed' : { firstExchangeId: first }
    },
  }
}

function keyOf(iss: string, jti: string): string {
  return `guanyi:request-id:${createHash('sha256')
    .update(JSON.stringify([iss, jti]))
    .digest('base64url')}`
}
