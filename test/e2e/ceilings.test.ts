import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import type { Ask } from '../../gateway/client/index.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { FATHER, GUARDIAN, GUARDIAN_HOME, HUSBAND, PUPIL } from '../../seeds/population/cast.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, type SeededOptions, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, call, jose, jws, payloadOf } from '../support/wire.ts'

const person = (one: { id: string; name: string }) => ({ type: 'person', idType: 'resident-id', ...one }) as const

describe.each<[string, SeededOptions]>([
  ['two gateways over one Redis', {}],
  ['one gateway without Redis', { redis: null }],
])('ceilings, %s', (_name, options) => {
  let city: Seeded
  let grants: ReturnType<typeof createPostgresGrantStore>
  let urls: string[]
  beforeAll(async () => {
    city = await seededGateway(options)
    urls = [city.gateway.dataUrl, options.redis === null ? city.gateway.dataUrl : (await city.another()).dataUrl]
    grants = createPostgresGrantStore({ url: city.ownerUrl })
  })
  afterAll(async () => {
    await grants?.close()
    await city?.stop()
  })

  let purposes = 0
  /** A grant of its own purpose, so that nothing else carries its requests. */
  async function limited(ceilings: Grant['ceilings'], fields?: string[]): Promise<Ask> {
    const template = (await grants.get('grant-p2.1-jyj-enrolment'))!
    const purpose = `测试用途${++purposes}`
    await grants.put({ ...template, id: `grant-test-${purposes}`, purposes: [purpose], ceilings }, 'test')
    const ask: Ask = { ...ENROLMENT, purpose, fields: fields ?? ['household-registration.address'] }
    const { case: _left, ...withoutCase } = ask
    // Refused for want of a case, naming the grant: the gateways know it.
    for (const _url of urls) {
      await expect.poll(async () => (await asking(withoutCase)).text).toContain(`grant-test-${purposes}`)
    }
    return ask
  }
  let turn = 0
  async function asking(ask: Ask, op = 'query', system = 'rc-enrolment'): Promise<Answered> {
    const key = city.installation.systemKeys.get(system)!.jwk
    const sent = jose(`/v1/${op}`, await jws(key, payloadOf(system, op, ask)))
    return call(urls[turn++ % urls.length]!, sent)
  }
  const tally = (answers: readonly Answered[]) => ({
    released: answers.filter(({ status }) => status === 200).length,
    exceeded: answers.filter(({ status }) => status === 429).length,
  })
  const times = <T>(count: number, work: (at: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_none, at) => work(at)))

  it('of fifty calls at once under a ceiling of twenty, twenty are released', async () => {
    const ask = await limited([{ measure: 'calls', period: 'hour', limit: 20 }])
    const answers = await times(50, () => asking(ask))
    expect(tally(answers)).toEqual({ released: 20, exceeded: 30 })
    const told = answers.find(({ status }) => status === 429)!
    expect(told.json()).toMatchObject({
      code: 'quota.exceeded',
      retry: true,
      reasons: [{ rule: 'calls-per-hour', grant: `grant-test-${purposes}` }],
    })
    expect(Number(told.headers['retry-after'])).toBeGreaterThan(0)
    const recorded = await city.sql<{ n: string }>(
      `select count(*) as n from records where purpose = $1 and code = 'quota.exceeded'`,
      [ask.purpose],
    )
    expect(Number(recorded[0]!.n)).toBe(30)
  })

  it('of twelve subjects at once under a ceiling of three, three are released, however often each is asked about', async () => {
    const ask = await limited([{ measure: 'subjects', period: 'day', limit: 3 }])
    const people = [...city.population.people.values()].slice(0, 12)
    const answers = await times(36, async (at) => {
      const { idNumber: id, name } = people[at % 12]!
      return { id, answered: await asking({ ...ask, subject: person({ id, name }) }) }
    })
    const released = new Set(answers.filter(({ answered }) => answered.status === 200).map(({ id }) => id))
    expect(released.size).toBe(3)
    for (const { id, answered } of answers) expect(answered.status).toBe(released.has(id) ? 200 : 429)
  })

  it('records released are seen by the next call', async () => {
    const ask = await limited([{ measure: 'records', period: 'day', limit: 2 }])
    expect((await asking(ask)).status).toBe(200)
    await expect.poll(async () => (await asking(ask)).status).toBe(429)
  })

  it('retryOf gives a lost answer again without counting, once, to its own system, for the same question', async () => {
    const ask = await limited([{ measure: 'calls', period: 'hour', limit: 1 }])
    const lost = await asking(ask)
    const retryOf = String(lost.headers['x-exchange-id'])
    expect((await asking(ask)).status).toBe(429)
    expect((await asking({ ...ask, retryOf, subject: person(HUSBAND) })).status).toBe(429)
    expect((await asking({ ...ask, retryOf, fields: ['household-registration.householder'] })).status).toBe(429)
    expect((await asking({ ...ask, retryOf, onBehalfOf: 'rc-jyj' }, 'query', 'rc-approval')).status).toBe(429)
    expect((await asking({ ...ask, retryOf: retryOf.replace(/^./, '9') })).status).toBe(429)
    const again = await times(10, () => asking({ ...ask, retryOf }))
    expect(tally(again)).toEqual({ released: 1, exceeded: 9 })
    expect(again.find(({ status }) => status === 200)!.json().data).toEqual(lost.json().data)
  })

  it.each<[string, Partial<Ask>, Partial<Ask>]>([
    ['another guardian', {}, { parties: { guardian: person(FATHER) } }],
    ['a guardian of another name', {}, { parties: { guardian: { ...person(GUARDIAN), name: '测试李四' } } }],
    ['no guardian', {}, { parties: {} }],
    ['a subject of another name', {}, { subject: { ...person(PUPIL), name: '测试李四' } }],
    ['another key', { keys: { 'real-estate.unitNo': '371082001001GB00001F00010001' } }, { keys: {} }],
    ['another case', {}, { case: ENROLMENT.case!.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10)) }],
  ])('%s is another question, and counts', async (_what, first, then) => {
    const ask = await limited([{ measure: 'calls', period: 'hour', limit: 1 }])
    const asked = { ...ask, parties: { guardian: person(GUARDIAN) }, ...first }
    const lost = await asking(asked)
    expect(lost.status, lost.text).toBe(200)
    const retryOf = String(lost.headers['x-exchange-id'])
    const changed = await asking({ ...asked, ...then, retryOf })
    expect(changed.json().code).toBe('quota.exceeded')
    // The very same question, from another clerk who will take an older answer, is still free.
    const same = { ...asked, operator: { ...ENROLMENT.operator!, id: 'jyj-0232' }, maxAgeSeconds: 60, retryOf }
    expect((await asking(same)).status).toBe(200)
  })

  it('another claim is another question, and counts', async () => {
    const { fields: _left, ...ask } = await limited([{ measure: 'calls', period: 'hour', limit: 1 }])
    const claim = (value: string, change: Partial<Ask> = {}) =>
      asking({ ...ask, claims: { 'guardian:real-estate.certificateNo': value }, ...change }, 'verify')
    const lost = await claim('鲁（2019）荣成市不动产权第8000001号')
    const retryOf = String(lost.headers['x-exchange-id'])
    expect((await claim('鲁（2019）荣成市不动产权第8000002号', { retryOf })).json().code).toBe('quota.exceeded')
    expect((await claim('鲁（2019）荣成市不动产权第8000001号', { retryOf })).json().results).toEqual(
      lost.json().results,
    )
  })

  it('verify is no guessing oracle: fifty guesses at once under a ceiling of ten get ten answers, and then the truth is not told either', async () => {
    const { fields: _left, ...ask } = await limited([{ measure: 'mismatches', period: 'day', limit: 10 }])
    const guess = (value: string, change: Partial<Ask> = {}) =>
      asking({ ...ask, claims: { 'guardian:real-estate.certificateNo': value }, ...change }, 'verify')
    expect((await guess(GUARDIAN_HOME.certificate)).json().results).toEqual({
      'guardian:real-estate.certificateNo': 'match',
    })
    const answers = await times(50, (at) => guess(`鲁（2019）荣成市不动产权第8${String(at).padStart(6, '0')}号`))
    const { released, exceeded } = tally(answers)
    // Two gateways may each have one comparison under way when the last one is counted.
    expect(released).toBeGreaterThanOrEqual(10)
    expect(released).toBeLessThan(10 + new Set(urls).size)
    expect(released + exceeded).toBe(50)
    expect((await guess(GUARDIAN_HOME.certificate)).status).toBe(429)
    // The value is the guardian’s: asking about another child tells no more.
    expect((await guess(GUARDIAN_HOME.certificate, { subject: person(HUSBAND) })).status).toBe(429)
    // Somebody else’s home is another question.
    expect((await guess('x', { parties: { guardian: person(FATHER) } })).status).toBe(200)
    expect(PUPIL.id).not.toBe(GUARDIAN.id)
  })
})
