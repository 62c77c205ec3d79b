import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import { ExchangeError } from '../../errors/exchange-error.ts'
import type { Connector } from '../../ports/connector.ts'
import { SourceBusy } from './with-bulkhead.ts'

export interface BreakerOptions {
  /** Failures in a row that open it. */
  failures: number
  /** How long it stays open before one call may try again. */
  halfOpenAfterMs: number
  onChange?: (state: 'open' | 'half-open' | 'closed') => void
}

export const BREAKER: BreakerOptions = { failures: 5, halfOpenAfterMs: 10_000 }

/**
 * Stops asking a source that is down: after some failures in a row calls are refused at once with
 * `provider.unreachable`, until one trial call gets through.
 *
 * Only `provider.unreachable` and `provider.timeout` count. A broken contract is an answer: the source is up, and
 * another subject's record may be fine. A full queue is the gateway's own doing and does not count either.
 */
export function withBreaker(connector: Connector, options: BreakerOptions = BREAKER): Connector {
  const breaker = circuitBreaker(handleWhen(isSourceDown), {
    halfOpenAfter: options.halfOpenAfterMs,
    breaker: new ConsecutiveBreaker(options.failures),
  })
  breaker.onStateChange((state) => {
    const name = STATES[state]
    if (name !== undefined) options.onChange?.(name)
  })
  return {
    ...connector,
    async fetch(lookup, signal) {
      try {
        return await breaker.execute(() => connector.fetch(lookup, signal))
      } catch (thrown) {
        if (thrown instanceof BrokenCircuitError) throw new ExchangeError('provider.unreachable', 'circuit is open')
        throw thrown
      }
    },
  }
}

const STATES: Partial<Record<CircuitState, 'open' | 'half-open' | 'closed'>> = {
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Closed]: 'closed',
}

function isSourceDown(error: Error): boolean {
  if (!(error instanceof ExchangeError) || error instanceof SourceBusy) return false
  return error.code === 'provider.unreachable' || error.code === 'provider.timeout'
}
