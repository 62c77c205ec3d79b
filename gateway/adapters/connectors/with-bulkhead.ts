import { ExchangeError } from '../../errors/exchange-error.ts'
import type { Connector } from '../../ports/connector.ts'

/** Too many calls wait for this source already. */
export class SourceBusy extends ExchangeError {
  constructor() {
    super('provider.unreachable', 'too many calls wait for this source')
  }
}

export interface BulkheadOptions {
  /** Calls running at once. */
  maxConcurrent: number
  /** Calls waiting for a place; the next one is refused. */
  maxQueued: number
}

/**
 * Keeps the load on one source within what its department agreed to, and a slow source from holding everything else.
 *
 * A place is held until the call has really ended, also when its caller gave up: the source is still working on it.
 * A call whose signal fires while it waits leaves the queue at once.
 */
export function withBulkhead(connector: Connector, { maxConcurrent, maxQueued }: BulkheadOptions): Connector {
  let running = 0
  const waiting: (() => void)[] = []

  const enter = (signal: AbortSignal): Promise<void> | undefined => {
    if (running < maxConcurrent) {
      running += 1
      return undefined
    }
    if (waiting.length >= maxQueued) throw new SourceBusy()
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.splice(waiting.indexOf(admit), 1)
        reject(new ExchangeError('provider.timeout', 'gave up waiting for a place'))
      }
      const admit = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      waiting.push(admit)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
  const leave = () => {
    const next = waiting.shift()
    // The place passes on without becoming free in between, so that nobody overtakes the queue.
    if (next === undefined) running -= 1
    else next()
  }

  return {
    ...connector,
    async fetch(lookup, signal) {
      if (signal.aborted) throw new ExchangeError('provider.timeout', 'given up before it began')
      await enter(signal)
      try {
        return await connector.fetch(lookup, signal)
      } finally {
        leave()
      }
    },
  }
}
