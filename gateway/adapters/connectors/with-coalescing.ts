import { ExchangeError } from '../../errors/exchange-error.ts'
import type { CallerBlock, Connector, Lookup, SourceAnswer } from '../../ports/connector.ts'

interface Flight {
  answer: Promise<SourceAnswer>
  waiting: number
  stop: AbortController
}

/**
 * Makes one call of concurrent equal ones: same dataset, inputs, fields and cache epoch. Where the source is told who
 * asks, the caller must be the same too, scenario, case and purpose included: the source writes the caller into its own
 * log, and a joined call would leave the second one out of it.
 *
 * One caller giving up does not stop the others; the source is stopped when the last one has.
 */
export function withCoalescing(connector: Connector): Connector {
  const flights = new Map<string, Flight>()

  const start = (key: string, lookup: Lookup): Flight => {
    const stop = new AbortController()
    const flight: Flight = { answer: connector.fetch(lookup, stop.signal), waiting: 0, stop }
    flights.set(key, flight)
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    flight.answer.then(land, land)
    return flight
  }

  return {
    ...connector,
    async fetch(lookup, signal) {
      const key = flightKey(lookup, connector.callerMembers ?? [])
      const flight = flights.get(key) ?? start(key, lookup)
      flight.waiting += 1
      try {
        return await unlessAborted(flight.answer, signal)
      } finally {
        flight.waiting -= 1
        if (flight.waiting === 0) {
          // Nobody may board a flight that is being stopped.
          if (flights.get(key) === flight) flights.delete(key)
          flight.stop.abort()
        }
      }
    },
  }
}

function flightKey({ subjectType, inputs, fields, caller, epoch }: Lookup, callerMembers: readonly string[]): string {
  const sorted = Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([subjectType, sorted, fields, epoch ?? '', callerKey(caller, callerMembers)])
}

function callerKey(caller: CallerBlock, members: readonly string[]): unknown {
  if (members.length === 0) return null
  // The exchange's own id differs in every call; it keeps calls apart only where the source is told it.
  const { exchangeId, ...rest } = caller
  return members.includes('exchangeId') ? [rest, exchangeId] : rest
}

function unlessAborted(answer: Promise<SourceAnswer>, signal: AbortSignal): Promise<SourceAnswer> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new ExchangeError('provider.timeout', 'the exchange was given up'))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
