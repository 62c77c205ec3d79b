import { describe, expect, it, vi } from 'vitest'
import { withBreaker } from '../../../gateway/adapters/connectors/with-breaker.ts'
import { SourceBusy, withBulkhead } from '../../../gateway/adapters/connectors/with-bulkhead.ts'
import { withCoalescing } from '../../../gateway/adapters/connectors/with-coalescing.ts'
import { withTimeout } from '../../../gateway/adapters/connectors/with-timeout.ts'
import { ExchangeError, type FailureCode } from '../../../gateway/errors/exchange-error.ts'
import type { Connector, Lookup, SourceAnswer } from '../../../gateway/ports/connector.ts'
import { caller } from '../../conformance/connector.ts'

const lookup = (change: Partial<Lookup> = {}): Lookup => ({
  subjectType: 'person',
  inputs: { id: 'a', name: 'b' },
  fields: ['x', 'y'],
  caller,
  ...change,
})
const answer: SourceAnswer = { records: [], asOfMs: 1 }
const never = () => new AbortController().signal
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error: ExchangeError) => error.code,
  )

/** A source whose calls end when the test says so. */
function heldSource(callerMembers: string[] = []) {
  const calls: { resolve: (a: SourceAnswer) => void; reject: (e: unknown) => void; signal: AbortSignal }[] = []
  const connector: Connector = {
    callerMembers,
    fetch: (_lookup, signal) => new Promise((resolve, reject) => calls.push({ resolve, reject, signal })),
    probe: async () => undefined,
    close: async () => undefined,
  }
  return { connector, calls }
}
const failing = (codes: (FailureCode | 'ok')[]): { connector: Connector; asked: () => number } => {
  let asked = 0
  const fetch = async () => {
    const code = codes[asked] ?? 'ok'
    asked += 1
    if (code !== 'ok') throw new ExchangeError(code, 'as told')
    return answer
  }
  return { connector: { fetch, probe: async () => undefined, close: async () => undefined }, asked: () => asked }
}

describe('withTimeout', () => {
  it('answers `provider.timeout` in time also when the connector does not listen, and tells it', async () => {
    const { connector, calls } = heldSource()
    const startedAt = performance.now()
    expect(await codeOf(withTimeout(connector, 50).fetch(lookup(), never()))).toBe('provider.timeout')
    expect(performance.now() - startedAt).toBeLessThan(500)
    expect(calls[0]?.signal.aborted).toBe(true)
  })
  it('passes answers and failures on, and leaves no timer', async () => {
    vi.useFakeTimers()
    try {
      const quick = failing(['provider.contract'])
      expect(await codeOf(withTimeout(quick.connector, 50).fetch(lookup(), never()))).toBe('provider.contract')
      expect(await withTimeout(quick.connector, 50).fetch(lookup(), never())).toBe(answer)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
  it('stops with the exchange', async () => {
    const { connector, calls } = heldSource()
    const exchange = new AbortController()
    const asked = codeOf(withTimeout(connector, 60_000).fetch(lookup(), exchange.signal))
    exchange.abort()
    expect(await asked).toBe('provider.timeout')
    expect(calls[0]?.signal.aborted).toBe(true)
  })
})

describe('withBreaker', () => {
  const options = { failures: 3, halfOpenAfterMs: 60 }
  it.each<[string, (FailureCode | 'ok')[], number]>([
    ['opens after failures in a row', ['provider.unreachable', 'provider.timeout', 'provider.unreachable'], 3],
    ['does not count broken contracts', Array.from({ length: 5 }, () => 'provider.contract' as const), 6],
    [
      'starts over after an answer',
      ['provider.timeout', 'provider.timeout', 'ok', 'provider.timeout', 'provider.timeout'],
      6,
    ],
  ])('%s', async (_name, codes, asks) => {
    const { connector, asked } = failing(codes)
    const guarded = withBreaker(connector, options)
    for (const _ of codes) await codeOf(guarded.fetch(lookup(), never()))
    await codeOf(guarded.fetch(lookup(), never()))
    expect(asked()).toBe(asks)
  })
  it('answers `provider.unreachable` while open, then lets one call try, and closes', async () => {
    const { connector, asked } = failing(['provider.timeout', 'provider.timeout', 'provider.timeout'])
    const states: string[] = []
    const guarded = withBreaker(connector, { ...options, onChange: (state) => states.push(state) })
    for (let at = 0; at < 3; at += 1) await codeOf(guarded.fetch(lookup(), never()))
    expect(await codeOf(guarded.fetch(lookup(), never()))).toBe('provider.unreachable')
    expect(asked()).toBe(3)
    await new Promise((done) => setTimeout(done, 80))
    expect(await codeOf(guarded.fetch(lookup(), never()))).toBe('answered')
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })
  it('opens again when the trial fails', async () => {
    const { connector, asked } = failing(Array.from({ length: 4 }, () => 'provider.timeout' as const))
    const guarded = withBreaker(connector, options)
    for (let at = 0; at < 3; at += 1) await codeOf(guarded.fetch(lookup(), never()))
    await new Promise((done) => setTimeout(done, 80))
    expect(await codeOf(guarded.fetch(lookup(), never()))).toBe('provider.timeout')
    expect(await codeOf(guarded.fetch(lookup(), never()))).toBe('provider.unreachable')
    expect(asked()).toBe(4)
  })
  it('does not count the gateway’s own full queue', async () => {
    let asked = 0
    const fetch = async () => {
      asked += 1
      throw new SourceBusy()
    }
    const guarded = withBreaker({ fetch, probe: async () => undefined, close: async () => undefined }, options)
    for (let at = 0; at < 10; at += 1) await codeOf(guarded.fetch(lookup(), never()))
    expect(asked).toBe(10)
  })
})

describe('withBulkhead', () => {
  it('runs so many at once, queues so many, refuses the rest', async () => {
    const { connector, calls } = heldSource()
    const held = withBulkhead(connector, { maxConcurrent: 2, maxQueued: 1 })
    const asked = [1, 2, 3, 4].map(() => held.fetch(lookup(), never()))
    await expect(asked[3]).rejects.toBeInstanceOf(SourceBusy)
    expect(calls).toHaveLength(2)
    calls[0]?.resolve(answer)
    await asked[0]
    await vi.waitFor(() => expect(calls).toHaveLength(3))
    calls[1]?.reject(new ExchangeError('provider.unreachable', 'as told'))
    calls[2]?.resolve(answer)
    expect(await codeOf(asked[1]!)).toBe('provider.unreachable')
    expect(await asked[2]).toBe(answer)
  })
  it('lets a call that gives up leave the queue, and keeps the place of one the source still works on', async () => {
    const { connector, calls } = heldSource()
    const held = withBulkhead(connector, { maxConcurrent: 1, maxQueued: 1 })
    const gone = new AbortController()
    const first = held.fetch(lookup(), gone.signal)
    const second = codeOf(held.fetch(lookup(), gone.signal))
    gone.abort()
    expect(await second).toBe('provider.timeout')
    const third = held.fetch(lookup(), never())
    await Promise.resolve()
    expect(calls).toHaveLength(1)
    calls[0]?.resolve(answer)
    await first
    await vi.waitFor(() => expect(calls).toHaveLength(2))
    calls[1]?.resolve(answer)
    await third
    const fourth = held.fetch(lookup(), never())
    await vi.waitFor(() => expect(calls).toHaveLength(3))
    calls[2]?.resolve(answer)
    await fourth
  })
})

describe('withCoalescing', () => {
  const callsOf = async (members: string[], pair: [Lookup, Lookup]) => {
    const { connector, calls } = heldSource(members)
    const joined = withCoalescing(connector)
    const asked = pair.map((each) => joined.fetch(each, never()))
    await Promise.resolve()
    for (const call of calls) call.resolve(answer)
    await Promise.all(asked)
    return calls.length
  }
  const other = (change: object) => lookup({ caller: { ...caller, ...change } })

  it.each<[string, number, string[], [Lookup, Lookup]]>([
    ['equal questions', 1, [], [lookup(), lookup({ inputs: { name: 'b', id: 'a' } })]],
    ['another input', 2, [], [lookup(), lookup({ inputs: { id: 'z', name: 'b' } })]],
    ['other fields', 2, [], [lookup(), lookup({ fields: ['x'] })]],
    ['a later epoch', 2, [], [lookup({ epoch: '1' }), lookup({ epoch: '2' })]],
    ['another subject type', 2, [], [lookup(), lookup({ subjectType: 'organisation' })]],
    ['another purpose, when the source is not told', 1, [], [lookup(), other({ purpose: '其他' })]],
    ['another purpose, when the source is told who asks', 2, ['officer.id'], [lookup(), other({ purpose: '其他' })]],
    ['another officer, when the source is told', 2, ['officer.id'], [lookup(), other({ officer: null })]],
    ['the same caller in another exchange', 1, ['officer.id'], [lookup(), other({ exchangeId: 'ex-2' })]],
    ['another exchange, when the source is told its id', 2, ['exchangeId'], [lookup(), other({ exchangeId: 'ex-2' })]],
  ])('%s: %i call(s)', async (_name, want, members, pair) => {
    expect(await callsOf(members, pair)).toBe(want)
  })
  it('asks anew once the call has ended, also after a failure', async () => {
    const { connector, asked } = failing(['provider.unreachable'])
    const joined = withCoalescing(connector)
    expect(await Promise.all([1, 2].map(() => codeOf(joined.fetch(lookup(), never()))))).toEqual([
      'provider.unreachable',
      'provider.unreachable',
    ])
    expect(await codeOf(joined.fetch(lookup(), never()))).toBe('answered')
    expect(asked()).toBe(2)
  })
  it('goes on for the others when one gives up, and stops with the last', async () => {
    const { connector, calls } = heldSource()
    const joined = withCoalescing(connector)
    const [one, two] = [new AbortController(), new AbortController()]
    const asked = [one, two].map(({ signal }) => codeOf(joined.fetch(lookup(), signal)))
    one.abort()
    expect(await asked[0]).toBe('provider.timeout')
    expect(calls[0]?.signal.aborted).toBe(false)
    two.abort()
    expect(await asked[1]).toBe('provider.timeout')
    expect(calls[0]?.signal.aborted).toBe(true)
    const later = joined.fetch(lookup(), never())
    expect(calls).toHaveLength(2)
    calls[1]?.resolve(answer)
    expect(await later).toBe(answer)
  })
})
