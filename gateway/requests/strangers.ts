import { RateLimiterMemory } from 'rate-limiter-flexible'
import { ExchangeError } from '../errors/exchange-error.ts'

/** Failures of one address before it is made to wait. Wide, because a city may sit behind one address. */
const FAILURES = 200
const PERIOD_S = 10

export interface Strangers {
  /** Errors: `quota.exceeded` while the address has failed too often. */
  admit(address: string | null): Promise<void>
  /** Counts a call whose sender could not be established, or a repeat. */
  failed(address: string | null): void
}

/** Calls that are not recorded are counted per address, so that guessing and flooding cost the caller, not the log. */
export function createStrangers(): Strangers {
  const limiter = new RateLimiterMemory({ points: FAILURES, duration: PERIOD_S })
  return {
    async admit(address) {
      if (address === null) return
      const used = await limiter.get(address)
      if (used === null || used.remainingPoints > 0) return
      const retryAfterSeconds = Math.ceil(used.msBeforeNext / 1000)
      throw new ExchangeError('quota.exceeded', 'too many failed calls from one address', {
        publicDetail: {
          zh: '来自该地址的无效请求过多，请稍后再试',
          en: 'too many invalid calls from this address; try later',
        },
        headers: { 'retry-after': String(retryAfterSeconds) },
        extensions: { retryAfterSeconds },
      })
    },
    failed(address) {
      if (address !== null) void limiter.consume(address).catch(() => undefined)
    },
  }
}
