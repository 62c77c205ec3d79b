import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ask } from '../../gateway/client/index.ts'
import { ALLOWANCE_RECEIVER } from '../../seeds/population/cast.ts'
import type { Providers } from '../../seeds/providers/index.ts'
import type { ServiceMode } from '../../seeds/providers/types.ts'
import { ENROLMENT, SAMPLES, type Sample } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, payloadOf } from '../support/wire.ts'

type ServiceName = keyof Providers['services']

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

const asking = async (system: string, ask: Ask): Promise<Answered> => {
  const key = city.installation.systemKeys.get(system)!.jwk
  return call(city.gateway.dataUrl, jose('/v1/query', await jws(key, payloadOf(system, 'query', ask))))
}
const service = (name: ServiceName) => city.providers.services[name]
const sourceOf = (answered: Answered, key: string) =>
  (answered.json().sources as Record<string, { status: string; cache: string }>)[key]
const datasetOf = (field: string): string => field.split('.')[0]!

/** One dataset of one released sample at a time: `[dataset key, endpoint, system, ask]`. */
function questions(): { key: string; endpoint: ServiceName; sample: Sample; ask: Ask }[] {
  const found = new Map<string, { key: string; endpoint: ServiceName; sample: Sample; ask: Ask }>()
  for (const sample of SAMPLES.filter(({ mode, expect: outcome }) => mode === 'query' && outcome === 'released')) {
    for (const key of new Set((sample.request.fields ?? []).map(datasetOf))) {
      const id = key.split(':').at(-1)!
      const endpoint = ENDPOINTS[id]
      if (endpoint === undefined || found.has(id) || sample.name === '未查到也是答复') continue
      found.set(id, {
        key,
        endpoint,
        sample,
        ask: {
          ...sample.request,
          // The sample’s person receives none, and a source with no rows has nothing to get wrong.
          ...(id === 'minimum-living-allowance' && { subject: RECEIVER }),
          fields: sample.request.fields!.filter((field) => datasetOf(field) === key),
        },
      })
    }
  }
  return [...found.values()]
}
const RECEIVER = { type: 'person', idType: 'resident-id', ...ALLOWANCE_RECEIVER } as const
const ENDPOINTS: Record<string, ServiceName> = {
  'business-licence': 'rc-scjgj-http',
  'disability-certificate': 'rc-cl-http',
  'household-registration': 'rc-gaj-http',
  'marriage-registration': 'rc-mzj-http',
  'minimum-living-allowance': 'rc-mzj-http',
  'motor-vehicle': 'rc-gaj-http',
  'real-estate': 'rc-zrzyj-http',
  'student-record': 'rc-jyj-soap',
  'tax-status': 'rc-swj-http',
}
const CODES: [ServiceMode, string, number][] = [
  ['error500', 'provider.unreachable', 502],
  ['garbage', 'provider.contract', 502],
  ['empty', 'provider.contract', 502],
  ['wrong-types', 'provider.contract', 502],
  ['down', 'provider.unreachable', 502],
]

describe('every dataset behind an HTTP or SOAP service, every way its source can go wrong', () => {
  it('covers every dataset behind such a service', () => {
    expect(
      questions()
        .map(({ key }) => key.split(':').at(-1)!)
        .sort(),
    ).toEqual(Object.keys(ENDPOINTS).sort())
  })

  it.each(questions())(
    '$key: right code whatever it says, extra fields left behind, well again at once',
    async ({ key, endpoint, sample, ask }) => {
      const fresh = { ...ask, maxAgeSeconds: 0 }
      const good = await asking(sample.system, fresh)
      expect(good.status, good.text).toBe(200)
      for (const [mode, code, status] of CODES) {
        service(endpoint).setMode(mode)
        const bad = await asking(sample.system, fresh)
        expect({ mode, status: bad.status, code: bad.json().code }, bad.text).toEqual({ mode, status, code })
        expect(bad.json().data).toBeUndefined()
        // One good answer, so that the next way to fail finds the breaker shut.
        service(endpoint).setMode('ok')
        expect((await asking(sample.system, fresh)).status).toBe(200)
      }
      service(endpoint).setMode('extra')
      const more = await asking(sample.system, fresh)
      expect(more.json().data).toEqual(good.json().data)
      service(endpoint).setMode('ok')
      expect(sourceOf(await asking(sample.system, fresh), key)).toMatchObject({ status: 'ok' })
    },
  )
})

describe('one source fails, the others do not notice', () => {
  const KEY = 'guardian:real-estate'
  const both: Ask = ENROLMENT
  const one: Ask = { ...ENROLMENT, fields: ['guardian:real-estate.certificateNo'] }
  const other: Ask = { ...ENROLMENT, fields: ['household-registration.address'] }
  const settle = async () => {
    service('rc-zrzyj-http').setMode('ok')
    await expect
      .poll(async () => (await asking('rc-enrolment', { ...one, maxAgeSeconds: 0 })).status, { timeout: 15_000 })
      .toBe(200)
  }

  it.each<ServiceMode>(['garbage', 'empty', 'wrong-types', 'error500', 'down', 'too-much'])(
    '%s: its dataset is unavailable, the rest of the answer is there, and the bad answer is not cached',
    async (mode) => {
      service('rc-zrzyj-http').setMode(mode)
      const answered = await asking('rc-enrolment', { ...both, maxAgeSeconds: 0 })
      expect(answered.status, answered.text).toBe(200)
      expect(answered.json()).toMatchObject({ complete: false })
      expect(sourceOf(answered, KEY)).toMatchObject({ status: 'unavailable' })
      expect(sourceOf(answered, 'household-registration')).toMatchObject({ status: 'ok' })
      expect(Object.keys(answered.json().data as object)).toEqual(['household-registration'])
      service('rc-zrzyj-http').setMode('ok')
      const calls = service('rc-zrzyj-http').calls()
      const mended = await asking('rc-enrolment', { ...both, maxAgeSeconds: 0 })
      expect(mended.json()).toMatchObject({ complete: true })
      expect(service('rc-zrzyj-http').calls()).toBeGreaterThan(calls)
    },
  )

  it('a bad answer leaves nothing in the cache, and takes nothing good out of it', async () => {
    // The cast's other home owner: nobody has asked about her yet.
    const resale = SAMPLES.find(({ name }) => name.startsWith('二手房'))!
    service('rc-zrzyj-http').setMode('wrong-types')
    const ask: Ask = { ...resale.request, fields: ['real-estate.sealed'] }
    expect((await asking(resale.system, ask)).json()).toMatchObject({ code: 'provider.contract' })
    service('rc-zrzyj-http').setMode('ok')
    expect(sourceOf(await asking(resale.system, ask), 'real-estate')).toMatchObject({ status: 'ok', cache: 'miss' })
    await expect.poll(async () => sourceOf(await asking(resale.system, ask), 'real-estate')?.cache).toBe('hit')
    service('rc-zrzyj-http').setMode('garbage')
    expect(sourceOf(await asking(resale.system, ask), 'real-estate')).toMatchObject({ status: 'ok', cache: 'hit' })
    service('rc-zrzyj-http').setMode('ok')
  })

  it('slow: 504 at its time limit, and other requests keep their pace meanwhile', async () => {
    await asking('rc-enrolment', other)
    service('rc-zrzyj-http').setMode('slow')
    const startedAt = Date.now()
    const slow = Promise.all(
      Array.from({ length: 4 }, (_none, at) =>
        asking('rc-enrolment', { ...one, maxAgeSeconds: 0, case: `${ENROLMENT.case!.slice(0, -1)}${at}` }),
      ),
    )
    const times: number[] = []
    for (let at = 0; at < 30; at++) {
      const begun = performance.now()
      expect((await asking('rc-enrolment', other)).status).toBe(200)
      times.push(performance.now() - begun)
    }
    times.sort((a, b) => a - b)
    expect(times[27]!).toBeLessThan(500)
    for (const answered of await slow) expect(answered.json()).toMatchObject({ code: 'provider.timeout', status: 504 })
    expect(Date.now() - startedAt).toBeLessThan(4_500)
    await settle()
  })

  it('down: after some failures nobody waits for it or calls it, and one trial brings it back', async () => {
    service('rc-zrzyj-http').setMode('down')
    for (let at = 0; at < 6; at++) {
      expect((await asking('rc-enrolment', { ...one, maxAgeSeconds: 0 })).json()).toMatchObject({
        code: 'provider.unreachable',
      })
    }
    service('rc-zrzyj-http').setMode('ok')
    const calls = service('rc-zrzyj-http').calls()
    const refused = await asking('rc-enrolment', { ...one, maxAgeSeconds: 0 })
    expect(refused.json()).toMatchObject({ code: 'provider.unreachable', retry: true })
    expect(service('rc-zrzyj-http').calls()).toBe(calls)
    await sleep(9_000)
    await settle()
  })
})
