import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSpanCollector, type SpanCollector } from '../../seeds/demo/span-collector.ts'
import { FATHER, GUARDIAN, GUARDIAN_HOME, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { ENROLMENT, SAMPLES } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { call, jose, jws, payloadOf } from '../support/wire.ts'

interface Span {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  status?: { code?: number }
  events?: unknown[]
  attributes: { key: string }[]
}

let spans: SpanCollector
let city: Seeded
let metrics: string
beforeAll(async () => {
  spans = await createSpanCollector()
  city = await seededGateway({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: spans.url } })
  for (const { system, mode, request } of SAMPLES) {
    const key = city.installation.systemKeys.get(system)!.jwk
    await call(
      city.gateway.dataUrl,
      jose(`/v1/${mode}`, await jws(key, payloadOf(system, mode, structuredClone(request)))),
    )
  }
  const key = city.installation.systemKeys.get('rc-enrolment')!.jwk
  city.providers.services['rc-gaj-http'].setMode('wrong-types')
  const broken = { ...ENROLMENT, fields: ['household-registration.address'], maxAgeSeconds: 0 }
  await call(city.gateway.dataUrl, jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', broken))))
  city.providers.services['rc-gaj-http'].setMode('ok')
  const once = jose('/v1/query', await jws(key, payloadOf('rc-enrolment', 'query', ENROLMENT)))
  await call(city.gateway.dataUrl, once)
  await call(city.gateway.dataUrl, once)
  await call(city.gateway.dataUrl, jose('/v1/query', `${PUPIL.id}.${PUPIL.id}.AA`))
  metrics = (await call(city.gateway.managementUrl, { method: 'GET', path: '/metrics' })).text
  await city.gateway.stop() // sends what is left of the spans
})
afterAll(async () => {
  await city?.stop()
  await spans?.close()
})

const all = (): Span[] =>
  spans
    .bodies()
    .flatMap((body) =>
      (
        JSON.parse(body.toString('utf8')) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
      ).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    )
const STAGES = ['authenticate', 'identify', 'authorise', 'charge', 'fetch', 'shape', 'sign', 'record']

describe('traces', () => {
  it('hold one span per stage under the exchange’s own, for every released exchange', () => {
    const spansOf = all()
    const exchanges = spansOf.filter(({ name }) => name === 'exchange')
    expect(exchanges.length).toBeGreaterThan(SAMPLES.length)
    const stagesOf = ({ spanId, traceId }: Span) =>
      spansOf
        .filter((span) => span.parentSpanId === spanId && span.traceId === traceId)
        .map(({ name }) => name.replace('exchange.', ''))
    const whole = exchanges.map(stagesOf).filter((names) => names.includes('sign'))
    expect(whole.length).toBeGreaterThan(10)
    for (const names of whole) expect([...names].sort()).toEqual([...STAGES].sort())
    const refused = exchanges.map(stagesOf).filter((names) => names.includes('authorise') && !names.includes('fetch'))
    for (const names of refused) expect(names).toContain('record')
  })

  it('bear no exception events, which would quote data', () => {
    for (const { events = [] } of all()) expect(events).toEqual([])
    expect(all().some(({ status }) => status?.code === 2)).toBe(true)
  })
})

describe('metrics', () => {
  it.each([
    [/guanyi_stage_seconds_bucket\{[^}]*guanyi_stage="record"/],
    [/guanyi_exchange_seconds_count\{[^}]*guanyi_outcome="released"[^}]*\} \d/],
    [/guanyi_exchanges_total\{[^}]*guanyi_code="access\.denied"[^}]*\} \d/],
    [/guanyi_exchanges_total\{[^}]*guanyi_scenario="P2\.1"[^}]*\} \d/],
    [/guanyi_strangers_total\{[^}]*guanyi_code="request\.malformed"[^}]*\} 1/],
    [/guanyi_strangers_total\{[^}]*guanyi_code="request\.replayed"[^}]*\} 1/],
    [/guanyi_(provider_contract_broken|source_failures)_total\{[^}]*guanyi_dataset="household-registration"[^}]*\} 1/],
  ])('count %s', (line) => {
    expect(metrics).toMatch(line)
  })

  it('have labels of bounded sets only', () => {
    const names = new Set(
      [...metrics.matchAll(/[{,]([a-z_]+)="/g)].map(([, name]) => name!).filter((name) => name.startsWith('guanyi_')),
    )
    expect([...names].sort()).toEqual(
      [...names]
        .filter((name) =>
          [
            'guanyi_code',
            'guanyi_dataset',
            'guanyi_mode',
            'guanyi_outcome',
            'guanyi_scenario',
            'guanyi_stage',
            'guanyi_system',
            'guanyi_cache',
          ].includes(name),
        )
        .sort(),
    )
  })
})

describe('logs', () => {
  it('have one line per exchange, with its id, outcome and code', () => {
    const lines = city.logLines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'exchange')
    expect(lines).toHaveLength(SAMPLES.length + 4)
    for (const line of lines.filter(({ outcome }) => outcome === 'released')) {
      expect(line).toMatchObject({
        exchangeId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        index: expect.stringMatching(/^\d+$/),
        code: null,
      })
    }
    expect(lines.filter(({ code }) => code === 'request.replayed')).toHaveLength(1)
  })
})

it('no number, name or value of anyone is in a line, a metric or a span (invariant 4)', () => {
  const people = [...city.population.people.values()].flatMap(({ idNumber, name }) => [idNumber, name])
  const organisations = [...city.population.organisations.values()].flatMap(({ uscc, name }) => [uscc, name])
  const operators = Object.values(OPERATORS).flatMap(({ id, name }) => [id, name])
  const needles = [...people, ...organisations, ...operators, FATHER.name, GUARDIAN.id, GUARDIAN_HOME.certificate]
  const places = { log: city.logLines.join(''), metrics, spans: spans.bodies().join('') }
  for (const [place, text] of Object.entries(places)) {
    expect(text.length).toBeGreaterThan(1_000)
    expect(needles.filter((needle) => text.includes(needle)).length, place).toBe(0)
  }
})
