import { describe, expect, it } from 'vitest'
import { withCoalescing } from '../../gateway/adapters/connectors/with-coalescing.ts'
import { withTimeout } from '../../gateway/adapters/connectors/with-timeout.ts'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import type { ExchangeRequest } from '../../gateway/exchange.ts'
import {
  asking,
  connector,
  dataset,
  exchange,
  failsWith,
  fetching,
  guardian,
  later,
  memoryCache,
  NOW,
  rows,
  type Source,
  subject,
  watched,
} from './fetch-sources.ts'

describe('fetch', () => {
  const a = dataset('a')
  const b = dataset('b')
  const c = dataset('c')

  it('asks each (role, dataset) once, for the fields wanted and those derived from, sorted', async () => {
    const { seen, source } = watched(() => rows('1'))
    const { fetch } = fetching({ a: source })
    const { answers } = await fetch(
      exchange(
        asking([
          [a, 'x'],
          [a, 'many'],
          [a, 'x', 'guardian'],
        ]),
        {
          item: 'i-1',
          application: 'sb-1',
          operator: { id: 'op', assurance: 'asserted' },
        },
      ),
    )
    expect(seen.map(({ inputs, fields, epoch }) => ({ inputs, fields, epoch }))).toEqual([
      { inputs: { id: subject.id }, fields: ['x', 'y', 'z'], epoch: 'e1' },
      { inputs: { id: guardian.id }, fields: ['x'], epoch: 'e1' },
    ])
    expect(seen[0]?.caller).toEqual({
      organisation: { id: 'rc-jyj', name: '教育局', uscc: '11371082PDY003018B' },
      system: 'rc-enrolment',
      officer: { id: 'op', name: null, unit: null },
      scenario: 'P2.1',
      item: { id: 'i-1', name: '入学' },
      case: 'sb-1',
      businessType: '公共服务',
      purpose: '核验',
      exchangeId: 'ex-1',
    })
    expect(answers.map(({ key, role, status, cache }) => [key, role, status, cache])).toEqual([
      ['a', null, 'ok', 'miss'],
      ['guardian:a', 'guardian', 'ok', 'miss'],
    ])
  })

  it.each<[string, DatasetEntry, Source, object]>([
    [
      'rows are ok',
      a,
      async () => rows('1'),
      { status: 'ok', records: [{ x: '1' }], asOfMs: NOW - 1_000, fetchedAtMs: NOW },
    ],
    ['no rows are not-found', a, async () => rows(), { status: 'not-found', records: [] }],
    [
      'not covered by its own word',
      a,
      async () => ({ ...rows('1'), notCovered: true }),
      { status: 'not-covered', records: [] },
    ],
    [
      'unreachable',
      a,
      failsWith('provider.unreachable'),
      { status: 'unavailable', failure: 'provider.unreachable', asOfMs: null },
    ],
    ['too slow', a, failsWith('provider.timeout'), { status: 'unavailable', failure: 'provider.timeout' }],
    ['unreadable', a, failsWith('provider.contract'), { status: 'unavailable', failure: 'provider.contract' }],
    [
      'a connector’s own fault',
      a,
      () => Promise.reject(new TypeError('x')),
      { status: 'unavailable', failure: 'provider.contract' },
    ],
    [
      'two records where one is declared',
      dataset('a', { cardinality: 'one' }),
      async () => rows('1', '2'),
      { status: 'unavailable', failure: 'provider.contract' },
    ],
    ['one record where one is declared', dataset('a', { cardinality: 'one' }), async () => rows('1'), { status: 'ok' }],
  ])('%s; the others are unaffected', async (_name, entry, source, want) => {
    const { fetch, failures } = fetching({ a: source, b: async () => rows('other') })
    const { answers } = await fetch(
      exchange(
        asking([
          [entry, 'x'],
          [b, 'x'],
        ]),
      ),
    )
    expect(answers[0]).toMatchObject(want)
    expect(answers[1]).toMatchObject({ status: 'ok', records: [{ x: 'other' }] })
    expect(failures).toHaveLength((want as { failure?: string }).failure === undefined ? 0 : 1)
    if ((want as { failure?: string }).failure !== undefined) expect(answers[0]?.store).toBeUndefined()
  })

  it('throws the first failure when no source answered', async () => {
    const { fetch } = fetching({ a: failsWith('provider.timeout'), b: failsWith('provider.unreachable') })
    const thrown = await fetch(
      exchange(
        asking([
          [a, 'x'],
          [b, 'x'],
        ]),
      ),
    ).catch((error) => error)
    expect(thrown).toMatchObject({ code: 'provider.timeout', options: { reasons: [{ rule: 'provider.timeout' }, {}] } })
  })
  it.each<[string, Source]>([
    ['not-found', async () => rows()],
    ['not-covered', async () => ({ ...rows(), notCovered: true })],
  ])('takes %s for an answer', async (_name, source) => {
    const { fetch } = fetching({ a: failsWith('provider.timeout'), b: source })
    expect(
      (
        await fetch(
          exchange(
            asking([
              [a, 'x'],
              [b, 'x'],
            ]),
          ),
        )
      ).answers,
    ).toHaveLength(2)
  })

  it('asks all sources at the same time', async () => {
    const { fetch } = fetching(Object.fromEntries(['a', 'b', 'c'].map((id) => [id, () => later(150, rows('1'))])))
    const startedAt = performance.now()
    await fetch(
      exchange(
        asking([
          [a, 'x'],
          [b, 'x'],
          [c, 'x'],
        ]),
      ),
    )
    expect(performance.now() - startedAt).toBeLessThan(300)
  })
  it('waits for a slow source no longer than that source’s own time limit', async () => {
    const { fetch } = fetching({
      a: withTimeout(
        connector(() => later(60_000, rows())),
        100,
      ),
      b: async () => rows('1'),
    })
    const startedAt = performance.now()
    const { answers } = await fetch(
      exchange(
        asking([
          [a, 'x'],
          [b, 'x'],
        ]),
      ),
    )
    expect(performance.now() - startedAt).toBeLessThan(400)
    expect(answers.map(({ status, failure }) => [status, failure])).toEqual([
      ['unavailable', 'provider.timeout'],
      ['ok', undefined],
    ])
  })
  it('makes one source call of concurrent equals, and one cache entry', async () => {
    const { seen, source } = watched(() => later(30, rows('1')))
    const { fetch, puts } = fetching({ a: withCoalescing(connector(source)) })
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, at) => fetch(exchange(asking([[a, 'x']]), {}, `ex-${at}`))),
    )
    expect(seen).toHaveLength(1)
    await Promise.all(all.map(({ answers }) => answers[0]?.store?.()))
    expect(puts).toHaveLength(1)
  })
  it('hands out rows that no exchange can change under another', async () => {
    const { fetch } = fetching({ a: async () => rows('1') })
    const { answers } = await fetch(exchange(asking([[a, 'x']])))
    expect(() => Object.assign(answers[0]!.records[0]!, { x: 'changed' })).toThrow(TypeError)
  })
})

describe('fetch and the cache', () => {
  const a = dataset('a')
  const once = (entry: DatasetEntry, request: Partial<ExchangeRequest> = {}, memory = memoryCache()) => {
    const made = fetching({ a: async () => rows('1'), b: async () => rows('1') }, memory)
    return { ...made, run: () => made.fetch(exchange(asking([[entry, 'x']]), request)) }
  }

  it('stores nothing by itself, and what `store` puts is the next one’s hit', async () => {
    const { run, puts } = once(a)
    const [first] = (await run()).answers
    expect(puts).toEqual([])
    await first?.store?.()
    expect(puts).toMatchObject([
      {
        ttlMs: 60_000,
        epoch: 'e1',
        key: { dataset: 'a', inputs: { id: subject.id }, fields: ['x'], subject: `resident-id:${subject.id}` },
      },
    ])
    const [second] = (await run()).answers
    expect(second).toMatchObject({ status: 'ok', cache: 'hit', fetchedAtMs: NOW, asOfMs: NOW - 1_000 })
    expect(second?.store).toBeUndefined()
  })
  it.each<[string, number, number | undefined, number | undefined]>([
    ['the dataset’s limit', 60, undefined, 60_000],
    ['the request’s where shorter', 60, 10, 10_000],
    ['the dataset’s where shorter', 60, 3_600, 60_000],
    ['never, by the dataset', 0, 3_600, undefined],
    ['never, by the request', 60, 0, undefined],
  ])('keeps for %s', async (_name, ttlSeconds, maxAgeSeconds, want) => {
    const entry = dataset('a', { freshness: { ttlSeconds } })
    const { run, puts, rounds } = once(entry, maxAgeSeconds === undefined ? {} : { maxAgeSeconds })
    const [answer] = (await run()).answers
    await answer?.store?.()
    expect(puts.map(({ ttlMs }) => ttlMs)).toEqual(want === undefined ? [] : [want])
    expect(rounds).toEqual(want === undefined ? [] : [1])
    expect(answer?.cache).toBe(want === undefined ? 'bypass' : 'miss')
  })
  it('reads all datasets in one round', async () => {
    const { fetch, rounds } = once(a)
    await fetch(
      exchange(
        asking([
          [a, 'x'],
          [dataset('b'), 'x'],
          [a, 'x', 'guardian'],
        ]),
      ),
    )
    expect(rounds).toEqual([3])
  })
  it('goes on without a cache that is away, and writes nothing', async () => {
    const { run } = once(a, {}, memoryCache(true))
    const [answer] = (await run()).answers
    expect(answer).toMatchObject({ status: 'ok', cache: 'miss' })
    expect(answer?.store).toBeUndefined()
  })
  it('keeps a changed dataset entry apart from the old one', async () => {
    const { puts, fetch } = once(a)
    for (const entry of [a, dataset('a', { version: '2' })]) {
      const { answers } = await fetch(exchange(asking([[entry, 'x']])))
      await answers[0]?.store?.()
    }
    expect(new Set(puts.map(({ key }) => key.schemaVersion)).size).toBe(2)
  })
  it('never lets a failing store be heard', async () => {
    const memory = memoryCache()
    memory.cache.put = async () => Promise.reject(new Error('x'))
    const [answer] = (await once(a, {}, memory).run()).answers
    await expect(answer?.store?.()).resolves.toBeUndefined()
  })
})
