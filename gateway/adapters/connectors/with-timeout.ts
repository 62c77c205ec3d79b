import { ExchangeError } from '../../errors/exchange-error.ts'
import type { Connector, SourceAnswer } from '../../ports/connector.ts'

/**
 * Gives every call `timeoutMs`, and no more: the connector is told by its signal, and the caller gets
 * `provider.timeout` at that moment also when the connector does not listen.
 */
export function withTimeout(connector: Connector, timeoutMs: number): Connector {
  return {
    ...connector,
    fetch: (lookup, signal) => bounded((inner) => connector.fetch(lookup, inner), signal, timeoutMs),
  }
}

function bounded(
  work: (signal: AbortSignal) => Promise<SourceAnswer>,
  outer: AbortSignal,
  timeoutMs: number,
): Promise<SourceAnswer> {
  return new Promise((resolve, reject) => {
    const own = new AbortController()
    const stop = (detail: string) => () => {
      own.abort()
      settle(() => reject(new ExchangeError('provider.timeout', detail)))
    }
    const onAbort = stop('the exchange was given up')
    const timer = setTimeout(stop(`no answer in ${timeoutMs} ms`), timeoutMs)
    const settle = (done: () => void) => {
      clearTimeout(timer)
      outer.removeEventListener('abort', onAbort)
      done()
    }
    if (outer.aborted) return onAbort()
    outer.addEventListener('abort', onAbort, { once: true })
    work(own.signal).then(
      (answer) => settle(() => resolve(answer)),
      (thrown: unknown) => settle(() => reject(thrown)),
    )
  })
}
