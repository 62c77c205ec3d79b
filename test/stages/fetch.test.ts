import { describe, expect, it } from 'vitest'
import { withCoalescing } from '../../gateway/adapters/connectors/with-coalescing.ts'
import { withTimeout } from '../../gateway/adapters/connectors/with-timeout.ts'
import type { DatasetEntry, DatasetInput, Division } from '../../gateway/catalog/types.ts'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { Authorised, ExchangeRequest, RequestedField } from '../../gateway/exchange.ts'
import type { Connector, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import type { CachedAnswer, CacheKey, ResultCache } from '../../gateway/ports/result-cache.ts'
import { liesOutsideCoverage } from '../../gateway/stages/coverage.ts'
import { createFetch } from '../../gateway/stages/fetch.ts'
import { assertInputsPresent } from '../../gateway/stages/inputs.ts'

const NOW = Date.UTC(2026, 10, 20)
const input = (name: string, from: string, required = true): DatasetInput => ({ name, label: name, from, required })
const dataset = (id: string, change: Partial<DatasetEntry> = {}) =>
  ({
    id,
    name: `数据${id}`,
    fields: [
      { id: 'x', type: 'string' },
      { id: 'y', type: 'string' },
      { id: 'z', type: 'string' },
    ],
    derived: [{ id: 'many', from: ['z', 'y'], rule: { kind: 'count', where: [] } }],
    inputs: [input('id', 'subject.id')],
    cardinality: 'many',
    coverage: { divisions: [] },
    freshness: { ttlSeconds: 60 },
    ...change,
  }) as unknown as DatasetEntry

const subject = { type: 'person', idType: 'resident-id', id: '371099201907120017', name: '测试王小明' } as const
const guardian = { type: 'person', idType: 'resident-id', id: '371099198803120026', name: '测试张三' } as const

const asking = (names: [DatasetEntry, string, string?][]): RequestedField[] =>
  names.map(([entry, field, role]) => ({
    name: `${role === undefined ? '' : `${role}:`}${entry.id}.${field}`,
    role: role ?? null,
    dataset: entry,
    field,
    derived: entry.derived.some(({ id }) => id === field),
  }))
const exchange = (fields: RequestedField[], request: Partial<ExchangeRequest> = {}, exchangeId = 'ex-1') =>
  ({
    exchangeId,
    fields,
    request: { jti: 'j', scenario: 'P2.1', purpose: '核验', subject, parties: { guardian }, ...request },
    acting: { id: 'rc-jyj', name: '教育局', uscc: '11371082PDY003018B' },
    sender: { system: { id: 'rc-enrolment' } },
    catalog: {
      items: new Map([['i-1', { id: 'i-1', name: '入学', type: '公共服务' }]]),
      divisions: new Map<string, Division>(),
    },
  }) as unknown as Authorised

const rows = (...values: string[]): SourceAnswer => ({ records: values.map((x) => ({ x })), asOfMs: NOW - 1_000 })
type Source = (lookup: Lookup, signal: AbortSignal) => Promise<SourceAnswer>
const connector = (fetch: Source): Connector => ({ fetch, probe: async () => undefined, close: async () => undefined })
const later = (ms: number, answer: SourceAnswer) => new Promise<SourceAnswer>((done) => setTimeout(done, ms, answer))
/** A source that remembers what it was asked. */
function watched(answer: () => SourceAnswer | Promise<SourceAnswer>) {
  const seen: Lookup[] = []
  const source: Source = async (lookup) => {
    seen.push(lookup)
    return answer()
  }
  return { seen, source }
}
const failsWith = (code: 'provider.unreachable' | 'provider.timeout' | 'provider.contract') => async () => {
  throw new ExchangeError(code, 'as told')
}

/** A cache in memory that tells what it was asked. */
function memoryCache(away = false) {
  const held = new Map<string, CachedAnswer>()
  const puts: { key: CacheKey; ttlMs: number; epoch: string }[] = []
  const rounds: number[] = []
  const cache: ResultCache = {
    get: async (key, maxAgeMs) => (await cache.getMany([{ key, maxAgeMs }]))[0]!,
    async getMany(queries) {
      rounds.push(queries.length)
      return queries.map(({ key }) => ({ hit: held.get(JSON.stringify(key)), epoch: away ? '' : 'e1' }))
    },
    async put(key, answer, ttlMs, epoch) {
      puts.push({ key, ttlMs, epoch })
      held.set(JSON.stringify(key), answer)
    },
    raiseEpoch: async () => undefined,
  }
  return { cache, puts, rounds }
}
function fetching(sources: Record<string, Source | Connector>, memory = memoryCache()) {
  const failures: string[] = []
  const get = (id: string) => {
    const source = sources[id]
    if (source === undefined) throw new ExchangeError('internal', 'no connector')
    return typeof source === 'function' ? connector(source) : source
  }
  const fetch = createFetch({
    connectors: { get },
    cache: memory.cache,
    now: () => NOW,
    onSourceFailure: (id, { code }) => failures.push(`${id} ${code}`),
  })
  return { fetch, failures, ...memory }
}

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

describe('inputs', () => {
  const marriage = dataset('marriage', {
    inputs: [
      input('id', 'subject.id'),
      input('idType', 'subject.idType'),
      input('name', 'subject.name'),
      input('spouseId', 'party.spouse.id'),
      input('unitNo', 'key', false),
    ],
  })
  const asked = (request: Partial<ExchangeRequest>, role?: string) =>
    exchange(asking([[marriage, 'x', role]].map((each) => each as [DatasetEntry, string, string?])), request)
  const spouse = { ...guardian, idType: 'resident-id' } as const

  it('takes them from subject, party and keys, and leaves absent optional ones out', async () => {
    const { seen, source } = watched(() => rows('1'))
    const { fetch } = fetching({ marriage: source })
    await fetch(asked({ parties: { spouse } }))
    await fetch(asked({ parties: { spouse, guardian }, keys: { 'marriage.unitNo': 'u1' } }, 'guardian'))
    await fetch(
      asked(
        { parties: { spouse, guardian }, keys: { 'marriage.unitNo': 'u1', 'guardian:marriage.unitNo': 'u2' } },
        'guardian',
      ),
    )
    expect(seen.map(({ inputs }) => inputs)).toEqual([
      { id: subject.id, idType: 'resident-id', name: subject.name, spouseId: spouse.id },
      { id: guardian.id, idType: 'resident-id', name: guardian.name, spouseId: spouse.id, unitNo: 'u1' },
      { id: guardian.id, idType: 'resident-id', name: guardian.name, spouseId: spouse.id, unitNo: 'u2' },
    ])
  })
  it.each<[string, Partial<ExchangeRequest>, string | undefined, string[]]>([
    ['another party', {}, undefined, ['/parties/spouse']],
    [
      'a name',
      { subject: { type: 'person', idType: 'resident-id', id: 'i' }, parties: { spouse } },
      undefined,
      ['/subject/name'],
    ],
    [
      'the party asked about',
      { parties: { spouse } },
      'nobody',
      ['/parties/nobody', '/parties/nobody', '/parties/nobody'],
    ],
    [
      'a party named like a prototype member',
      { parties: { spouse } },
      'constructor',
      Array.from({ length: 3 }, () => '/parties/constructor'),
    ],
  ])('refuses, naming it and no value, before anybody is asked: %s', async (_name, request, role, pointers) => {
    const { seen, source } = watched(() => rows())
    const { fetch } = fetching({ marriage: source })
    const thrown: ExchangeError = await fetch(asked(request, role)).catch((error) => error)
    expect(thrown.code).toBe('subject.incomplete')
    expect(thrown.options.reasons?.map(({ pointer }) => pointer)).toEqual(pointers)
    expect(thrown.options.publicDetail?.zh).toContain('数据marriage')
    expect(JSON.stringify([thrown.message, thrown.options])).not.toMatch(/371099|测试/)
    expect(seen).toEqual([])
  })
  it('names what is missing for all datasets at once', () => {
    const other = dataset('other', { inputs: [input('unitNo', 'key')] })
    const all = () =>
      assertInputsPresent(
        exchange(
          asking([
            [marriage, 'x'],
            [other, 'x'],
            [other, 'y'],
          ]),
        ),
      )
    expect(all).toThrow(
      expect.objectContaining({
        options: expect.objectContaining({
          reasons: [
            expect.objectContaining({ fields: ['marriage.x'] }),
            expect.objectContaining({ fields: ['other.x', 'other.y'], pointer: '/keys/other.unitNo' }),
          ],
        }),
      }),
    )
  })
})

describe('coverage', () => {
  const division = (code: string, change: Partial<Division> = {}): [string, Division] => [
    code,
    { code, name: code, level: 'county', parent: null, validFrom: '20000101', validTo: null, ...change },
  ]
  const divisions = new Map([
    division('371082'),
    division('371002'),
    division('371081', { validTo: '20140101' }),
    division('371099', { reserved: true }),
  ])
  const unit = (code: string) => `${code}001001GB00001F00010001`
  it.each<[string, string[], string, boolean]>([
    ['a unit of the county itself', ['371082'], unit('371082'), false],
    ['a unit of the neighbouring district', ['371082'], unit('371002'), true],
    ['a unit of a district of the covered city', ['371000'], unit('371002'), false],
    ['a unit within the covered province', ['370000'], unit('371002'), false],
    ['a unit under a code of former days', ['371082'], unit('371081'), false],
    ['a unit under an unknown code', ['371082'], unit('371234'), false],
    ['a unit under the reserved code', ['371082'], unit('371099'), false],
    ['a unit of another province', ['371082'], unit('110101'), true],
    ['a dataset that states no coverage', [], unit('110101'), false],
    ['a plate of the province', ['371082'], '鲁B12345', false],
    ['a plate of another province', ['371082'], '京A12345', true],
    ['a new-energy plate of another province', ['371082'], '苏AD12345', true],
    ['something that is no unit number', ['371082'], '110101', false],
  ])('%s', (_name, covered, value, want) => {
    const entry = dataset('a', { coverage: { divisions: covered }, inputs: [input('no', 'key')] })
    expect(liesOutsideCoverage(entry, { no: value }, divisions)).toBe(want)
  })
  it('does not read a place out of a person’s number', () => {
    const entry = dataset('a', { coverage: { divisions: ['371082'] } })
    expect(liesOutsideCoverage(entry, { id: '110101201907120017' }, divisions)).toBe(false)
  })
  it('does not ask a source for what it cannot have', async () => {
    const entry = dataset('a', { coverage: { divisions: ['371082'] }, inputs: [input('no', 'key')] })
    const { seen, source } = watched(() => rows())
    const { fetch, rounds } = fetching({ a: source })
    const { answers } = await fetch(exchange(asking([[entry, 'x']]), { keys: { 'a.no': unit('110101') } }))
    expect(answers).toMatchObject([{ status: 'not-covered', cache: 'bypass', records: [], fetchedAtMs: null }])
    expect([seen, rounds]).toEqual([[], []])
  })
})
