import type { DatasetEntry, DatasetInput, Division } from '../../gateway/catalog/types.ts'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { Authorised, ExchangeRequest, RequestedField } from '../../gateway/exchange.ts'
import type { Connector, Lookup, SourceAnswer } from '../../gateway/ports/connector.ts'
import type { CachedAnswer, CacheKey, ResultCache } from '../../gateway/ports/result-cache.ts'
import { createFetch } from '../../gateway/stages/fetch.ts'

export const NOW = Date.UTC(2026, 10, 20)
export const input = (name: string, from: string, required = true): DatasetInput => ({
  name,
  label: name,
  from,
  required,
})
export const dataset = (id: string, change: Partial<DatasetEntry> = {}) =>
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

export const subject = { type: 'person', idType: 'resident-id', id: '371099201907120017', name: '测试王小明' } as const
export const guardian = { type: 'person', idType: 'resident-id', id: '371099198803120026', name: '测试张三' } as const

export const asking = (names: [DatasetEntry, string, string?][]): RequestedField[] =>
  names.map(([entry, field, role]) => ({
    name: `${role === undefined ? '' : `${role}:`}${entry.id}.${field}`,
    role: role ?? null,
    dataset: entry,
    field,
    derived: entry.derived.some(({ id }) => id === field),
  }))
export const exchange = (fields: RequestedField[], request: Partial<ExchangeRequest> = {}, exchangeId = 'ex-1') =>
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

export const rows = (...values: string[]): SourceAnswer => ({
  records: values.map((x) => ({ x })),
  asOfMs: NOW - 1_000,
})
export type Source = (lookup: Lookup, signal: AbortSignal) => Promise<SourceAnswer>
export const connector = (fetch: Source): Connector => ({
  fetch,
  probe: async () => undefined,
  close: async () => undefined,
})
export const later = (ms: number, answer: SourceAnswer) =>
  new Promise<SourceAnswer>((done) => setTimeout(done, ms, answer))
/** A source that remembers what it was asked. */
export function watched(answer: () => SourceAnswer | Promise<SourceAnswer>) {
  const seen: Lookup[] = []
  const source: Source = async (lookup) => {
    seen.push(lookup)
    return answer()
  }
  return { seen, source }
}
export const failsWith = (code: 'provider.unreachable' | 'provider.timeout' | 'provider.contract') => async () => {
  throw new ExchangeError(code, 'as told')
}

/** A cache in memory that tells what it was asked. */
export function memoryCache(away = false) {
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
export function fetching(sources: Record<string, Source | Connector>, memory = memoryCache()) {
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
