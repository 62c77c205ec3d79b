import { createHash } from 'node:crypto'
import type { ReplayGuard } from '../../ports/replay-guard.ts'
import type { RedisLink } from './connection.ts'

/**
 * Remembers request ids in Redis until they could no longer be accepted anyway. One command, one round trip.
 *
 * Keys are digests: a request id is the caller's choice and may hold anything. Needs Redis 7 (`SET … NX … GET`); an older one
 * answers with an error, which counts as away: the log refuses repeats then.
 */
export function createRedisReplayGuard({ link, now }: { link: RedisLink; now: () => number }): ReplayGuard {
  return {
    async claim(iss, jti, exchangeId, expiresAtMs) {
      const lifetimeMs = Math.ceil(expiresAtMs - now())
      if (lifetimeMs <= 0) return 'claimed'
      const first = await link.attempt(
        (redis) => redis.set(keyOf(iss, jti), exchangeId, 'PX', lifetimeMs, 'NX', 'GET'),
        () => null,
      )
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
