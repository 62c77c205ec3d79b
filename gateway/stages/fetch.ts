import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { DatasetEntry } from '../catalog/types.ts'
import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import { type Authorised, type DatasetAnswer, type Fetched, isSilent } from '../exchange.ts'
import type { CallerBlock, ConnectorRegistry, Lookup, SourceAnswer } from '../ports/connector.ts'
import type { CacheKey, CacheReading, ResultCache } from '../ports/result-cache.ts'
import { BROKEN_WHOLE, checksOf } from '../shaping/check-answer.ts'
import { liesOutsideCoverage } from './coverage.ts'
import {
  assertInputsPresent,
  assertMembersPresent,
  type DatasetQuestion,
  groupByDataset,
  holderOf,
  inputsOf,
} from './inputs.ts'
import { sourceFields } from './shape.ts'

export interface FetchDeps {
  connectors: Pick<ConnectorRegistry, 'get'>
  cache: ResultCache
  now: () => number
  /** A source failed: counted and logged by dataset and code. */
  onSourceFailure?: (dataset: string, error: ExchangeError) => void
}

type ProviderFailure = NonNullable<DatasetAnswer['failure']>

interface Planned extends DatasetQuestion {
  lookup: Omit<Lookup, 'epoch'>
  cacheKey: CacheKey
  /** 0 = neither read from nor written to the cache. */
  ttlMs: number
}

/**
 * Asks every source the exchange needs, all at once; a source that fails leaves the others alone.
 *
 * Shape:  one answer per (role, dataset). What is fetched are the permitted fields and what permitted derived fields are
 *         computed from, nothing else. A fresh answer carries `store`, for `shape` to call once it has validated it.
 * Errors: `subject.incomplete` before anything is fetched; the first failure's code when no source answered at all.
 */
export const createFetch = (deps: FetchDeps) =>
  async function fetch(exchange: Authorised): Promise<Fetched> {
    assertInputsPresent(exchange)
    assertMembersPresent(exchange)
    const caller = callerOf(exchange)
    const planned = groupByDataset(exchange.fields).map((question) => plan(question, exchange, caller, deps.connectors))
    const covered = planned.filter(
      ({ dataset, lookup }) => !liesOutsideCoverage(dataset, lookup.inputs, exchange.catalog.divisions),
    )
    const readings = await readCache(covered, deps.cache)
    const answers = await Promise.all(
      planned.map((question) =>
        covered.includes(question) ? ask(question, readings.get(question), deps) : notCovered(question),
      ),
    )
    assertSomeAnswer(answers)
    return { ...exchange, answers }
  }

function plan(
  question: DatasetQuestion,
  { request }: Authorised,
  caller: CallerBlock,
  connectors: FetchDeps['connectors'],
): Planned {
  const { dataset, role, asked } = question
  const holder = holderOf(request, role) ?? request.subject
  const { inputs } = inputsOf(request, role, dataset)
  const fields = sourceFields(asked)
  const maxAgeSeconds = Math.min(dataset.freshness.ttlSeconds, request.maxAgeSeconds ?? Number.POSITIVE_INFINITY)
  return {
    ...question,
    lookup: { subjectType: holder.type, inputs, fields, caller },
    cacheKey: {
      dataset: dataset.id,
      schemaVersion: schemaVersionOf(dataset),
      inputs,
      fields,
      subject: `${holder.idType}:${holder.id}`,
    },
    ttlMs: connectors.get(dataset.id).live ? 0 : maxAgeSeconds * 1000,
  }
}

/** One round trip for all datasets of the exchange. */
async function readCache(questions: readonly Planned[], cache: ResultCache): Promise<Map<Planned, CacheReading>> {
  const cacheable = questions.filter(({ ttlMs }) => ttlMs > 0)
  if (cacheable.length === 0) return new Map()
  const readings = await cache.getMany(cacheable.map(({ cacheKey: key, ttlMs }) => ({ key, maxAgeMs: ttlMs })))
  return new Map(cacheable.flatMap((question, at) => (readings[at] ? [[question, readings[at]]] : [])))
}

async function ask(question: Planned, reading: CacheReading | undefined, deps: FetchDeps): Promise<DatasetAnswer> {
  if (reading?.hit !== undefined) return answered(question, reading.hit, reading.hit.fetchedAtMs, 'hit')
  const cache = reading === undefined ? 'bypass' : 'miss'
  try {
    const connector = deps.connectors.get(question.dataset.id)
    const epoch = reading?.epoch ?? ''
    const source = await connector.fetch({ ...question.lookup, epoch }, new AbortController().signal)
    if (question.dataset.cardinality === 'one' && source.records.length > 1) {
      throw new ExchangeError('provider.contract', 'more than one record where one is declared')
    }
    const fetchedAtMs = deps.now()
    const answer = answered(question, source, fetchedAtMs, cache)
    if (epoch === '') return answer
    return { ...answer, store: storeOnce(source, () => put(question, source, fetchedAtMs, epoch, deps.cache)) }
  } catch (thrown) {
    const error = asExchangeError(thrown)
    deps.onSourceFailure?.(question.dataset.id, error)
    const failure = providerCode(error)
    const seen = failure === 'provider.contract' ? { checks: BROKEN_WHOLE } : {}
    return { ...base(question), status: 'unavailable', cache, failure, ...seen }
  }
}

function answered(
  question: Planned,
  { records, asOfMs, notCovered: outside, provenance, declared, task }: SourceAnswer,
  fetchedAtMs: number,
  cache: DatasetAnswer['cache'],
): DatasetAnswer {
  // One source's rows may serve several exchanges at once; none may change what another will release.
  for (const record of records) Object.freeze(record)
  if (task !== undefined && task.state !== 'answered')
    return { ...base(question), status: 'unavailable', fetchedAtMs, cache, task }
  const status = outside ? 'not-covered' : records.length === 0 ? 'not-found' : 'ok'
  const answer = { ...base(question), status, records: outside ? [] : records, asOfMs, fetchedAtMs, cache } as const
  return {
    ...answer,
    ...(provenance !== undefined && { provenance }),
    ...(declared !== undefined && { declared }),
    ...(task !== undefined && { task }),
  }
}

function notCovered(question: Planned): DatasetAnswer {
  return { ...base(question), status: 'not-covered', cache: 'bypass' }
}

function base({ key, role, dataset }: Planned): Omit<DatasetAnswer, 'status' | 'cache'> {
  return { key, role, dataset, records: [], asOfMs: null, fetchedAtMs: null }
}

/** Exchanges that joined one call hold the same answer object; it is written once. */
const stored = new WeakMap<SourceAnswer, Promise<void>>()
function storeOnce(source: SourceAnswer, write: () => Promise<void>): () => Promise<void> {
  return () => {
    const writing = stored.get(source) ?? write()
    stored.set(source, writing)
    return writing
  }
}

async function put(
  { cacheKey, ttlMs }: Planned,
  source: SourceAnswer,
  fetchedAtMs: number,
  epoch: string,
  cache: ResultCache,
): Promise<void> {
  // Nobody waits for it, so nobody would hear of a failure: the port promises none, and this keeps it so.
  const endsInMs = source.goodUntilMs === undefined ? ttlMs : Math.min(ttlMs, source.goodUntilMs - fetchedAtMs)
  await cache.put(cacheKey, { ...source, fetchedAtMs }, endsInMs, epoch).catch(() => undefined)
}

/** That a question has been taken up, or will not be answered, is an answer of people; see decisions/2026-11-20-clerk-tasks.md. */
function assertSomeAnswer(answers: readonly DatasetAnswer[]): void {
  const failure = answers.find((answer) => answer.failure !== undefined)?.failure
  if (failure === undefined || !answers.every(isSilent)) return
  throw new ExchangeError(failure, 'no source answered', {
    reasons: answers.map(({ dataset, key, failure }) => ({
      rule: failure ?? 'provider.unreachable',
      zh: `“${dataset.name}”的数源未能给出可用的答复`,
      en: `the source of \`${key}\` gave no usable answer`,
    })),
    checks: checksOf(answers),
  })
}

/** Anything a connector throws that is none of the three is its own fault, and no reason to fail the whole exchange. */
function providerCode({ code }: ExchangeError): ProviderFailure {
  return code === 'provider.unreachable' || code === 'provider.timeout' ? code : 'provider.contract'
}

/** Built from what was authenticated and decided, never from free fields (R149). */
function callerOf({ acting, sender, request, catalog, exchangeId }: Authorised): CallerBlock {
  const item = request.item === undefined ? undefined : catalog.items.get(request.item)
  const { operator } = request
  return {
    organisation: { id: acting.id, name: acting.name, uscc: acting.uscc },
    system: sender.system.id,
    officer: operator ? { id: operator.id, name: operator.name ?? null, unit: operator.unit ?? null } : null,
    scenario: request.scenario,
    item: item ? { id: item.id, name: item.name } : null,
    case: request.case ?? request.application ?? null,
    businessType: item?.type ?? null,
    purpose: request.purpose,
    exchangeId,
    ...(request.via !== undefined && { via: request.via }),
  }
}

const schemaVersions = new WeakMap<DatasetEntry, string>()
/** Digest of the dataset's entry, computed once per catalogue version: a changed entry never meets an old answer. */
function schemaVersionOf(dataset: DatasetEntry): string {
  const known = schemaVersions.get(dataset)
  if (known !== undefined) return known
  const version = hash('sha256', canonicalize(dataset) ?? '', 'base64url')
  schemaVersions.set(dataset, version)
  return version
}
