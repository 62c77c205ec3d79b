import { LRUCache } from 'lru-cache'
import type { ReplayGuard } from '../../ports/replay-guard.ts'

interface Claim {
  exchangeId: string
  expiresAtMs: number
}

export interface MemoryReplayGuard extends ReplayGuard {
  /** Keeps a claim that was granted elsewhere. */
  note(iss: string, jti: string, exchangeId: string, expiresAtMs: number): void
}

/** Request ids this process has seen itself: what is left of the early refusal while Redis is away. */
export function createMemoryReplayGuard({ now, max = 50_000 }: { now: () => number; max?: number }): MemoryReplayGuard {
  const claims = new LRUCache<string, Claim>({ max })
  const keyOf = (iss: string, jti: string) => `${iss.length}:${iss}${jti}`
  return {
    async claim(iss, jti, exchangeId, expiresAtMs) {
      const key = keyOf(iss, jti)
      const first = claims.get(key)
      if (first !== undefined && first.expiresAtMs > now()) {
        return first.exchangeId === exchangeId ? 'claimed' : { firstExchangeId: first.exchangeId }
      }
      claims.set(key, { exchangeId, expiresAtMs })
      return 'claimed'
    },
    note(iss, jti, exchangeId, expiresAtMs) {
      claims.set(keyOf(iss, jti), { exchangeId, expiresAtMs })
    },
  }
}
