import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runHere } from '../../gateway/jobs/run-here.ts'
import { GUARDIAN, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { type DossierCity, dossierCity } from '../dossier/city.ts'

let city: DossierCity
beforeAll(async () => {
  city = await dossierCity()
})
afterAll(() => city?.stop())

const person = ({ id }: { id: string }) => ({ type: 'person', idType: 'resident-id', id })
const enrol = async (): Promise<{
  exchangeId: string
  sources: Record<string, { cache: string; disputed?: string }>
}> => {
  const { status, body } = await city.send('rc-enrolment', 'query', {
    scenario: 'P2.1',
    item: 'rongcheng-p-008',
    case: 'JYJ-R-1',
    purpose: '义务教育入学资格核验',
    operator: OPERATORS.education,
    subject: { ...person(PUPIL), name: PUPIL.name },
    fields: ['household-registration.address'],
  })
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}
const changed = (changes: object = {}) => ({
  dataset: 'household-registration',
  change: 'updated',
  subject: person(PUPIL),
  occurredAt: new Date(Date.now() - 60_000).toISOString(),
  ...changes,
})

describe('POST /v1/changes', () => {
  it('makes cached answers of the subject unreadable and enters the dossier where the dataset says so', async () => {
    await enrol()
    expect((await enrol()).sources['household-registration']!.cache).toBe('hit')
    const { status, body } = await city.send('rc-police', 'changes', changed())
    expect([status, body.cache]).toEqual([200, 'raised'])
    expect((await enrol()).sources['household-registration']!.cache).toBe('miss')
    const lines = await city.seeded.sql('select kind, dataset, outcome from dossier_timeline where exchange_id = $1', [
      body.exchangeId,
    ])
    expect(lines).toEqual([{ kind: 'changed', dataset: 'household-registration', outcome: 'updated' }])
  })

  it('is retried by the job until it is done, from PostgreSQL, sealed', async () => {
    await enrol()
    expect((await enrol()).sources['household-registration']!.cache).toBe('hit')
    const redis = new Redis(city.seeded.redis!.url)
    await redis.call('CLIENT', 'PAUSE', '1500', 'ALL')
    const { status, body } = await city.send('rc-police', 'changes', changed())
    expect([status, body.cache]).toEqual([200, 'pending'])
    await redis.ping() // answered when the pause is over
    redis.disconnect()
    const [task] = city.service.ownTasks
    const running = runHere({ ...task!, everyMs: 200 }, () => {})
    await vi.waitFor(
      async () => {
        const [notice] = await city.seeded.sql('select raised_at from change_notices where exchange_id = $1', [
          body.exchangeId,
        ])
        expect(notice!.raised_at).not.toBeNull()
      },
      { timeout: 8000, interval: 100 },
    )
    await running.close()
    expect((await enrol()).sources['household-registration']!.cache).toBe('miss')
    const [row] = await city.seeded.sql<{ text: string }>(
      'select string_agg(to_jsonb(n)::text, chr(10)) as text from change_notices n',
    )
    expect(row!.text).not.toContain(PUPIL.id)
  })

  it('refuses a dataset of another department', async () => {
    const { status, body } = await city.send('rc-enrolment', 'changes', changed())
    expect([status, body.code, body.reasons[0].rule]).toEqual([403, 'access.denied', 'not-responsible'])
  })
})

describe('POST /v1/usage', () => {
  it('takes the report of one’s own exchange', async () => {
    const { exchangeId } = await enrol()
    const { status, body } = await city.sendPlain('rc-enrolment', 'usage', { exchange: exchangeId, state: 'correct' })
    expect([status, body.about, body.state]).toEqual([200, exchangeId, 'correct'])
    const [row] = await city.seeded.sql('select system, state from usage_reports where about_exchange = $1', [
      exchangeId,
    ])
    expect(row).toEqual({ system: 'rc-enrolment', state: 'correct' })
  })

  it.each([
    { name: 'another system’s exchange', system: 'rc-police', change: {} },
    { name: 'a dataset it did not ask', system: 'rc-enrolment', change: { dataset: 'tax-status' } },
    {
      name: 'an exchange that never was',
      system: 'rc-enrolment',
      change: { exchange: '01890000-0000-7000-8000-000000000000' },
    },
  ])('refuses $name', async ({ system, change }) => {
    const { exchangeId } = await enrol()
    const { status, body } = await city.send(system, 'usage', { exchange: exchangeId, state: 'wrong', ...change })
    expect([status, body.code]).toEqual([404, 'request.unknown-resource'])
  })
})

describe('POST /v1/corrections', () => {
  const TEXT = '现场核验户口簿，住址应为测试路2号'
  /** Filed as if on another day: the exchange is today's, the filing's clock is held. */
  const open = async (changes: object = {}, filedAt?: string) => {
    const { exchangeId } = await enrol()
    const real = city.clock.ms
    if (filedAt !== undefined) city.clock.ms = Date.parse(filedAt)
    const filed = await city.send('rc-enrolment', 'corrections', {
      action: 'open',
      exchange: exchangeId,
      dataset: 'household-registration',
      fields: ['household-registration.address'],
      subject: person(PUPIL),
      text: TEXT,
      ...changes,
    })
    city.clock.ms = real
    return filed
  }

  it('goes to the source body with ten working days, is answered, and closed by who filed it', async () => {
    // DUE-08: filed on 27 April 2026, due on 13 May 2026.
    const filed = await open({}, '2026-04-27T02:00:00Z')
    expect(filed.status, JSON.stringify(filed.body)).toBe(200)
    const { number } = filed.body
    expect(filed.body).toMatchObject({ state: 'open', provider: 'rc-gaj', filedBy: 'rc-jyj', dueOn: '20260513' })

    await city.service.disputes.refresh()
    expect((await enrol()).sources['household-registration']!.disputed).toBe(number)

    const received = await city.sendPlain('rc-police', 'corrections', { action: 'list', box: 'received' })
    expect(received.body.corrections[0]).toMatchObject({ number, state: 'open' })
    const read = await city.sendPlain('rc-police', 'corrections', { action: 'read', number })
    expect(read.body).toMatchObject({ text: TEXT, subject: { id: PUPIL.id } })

    const early = await city.send('rc-enrolment', 'corrections', { action: 'close', number })
    expect([early.status, early.body.reasons[0].rule]).toEqual([400, 'state'])
    const answer = { action: 'answer', number, result: 'corrected', text: '已更正' }
    const foreign = await city.send('rc-enrolment', 'corrections', answer)
    expect([foreign.status, foreign.body.code]).toEqual([403, 'access.denied'])
    const answered = await city.sendPlain('rc-police', 'corrections', answer)
    expect(answered.body).toMatchObject({ state: 'answered', late: true })
    const twice = await city.sendPlain('rc-police', 'corrections', answer)
    expect(twice.body.reasons[0].rule).toBe('state')

    await city.service.disputes.refresh()
    const after = await enrol()
    expect(after.sources['household-registration']).not.toHaveProperty('disputed')
    expect(after.sources['household-registration']!.cache).toBe('miss')
    const closed = await city.send('rc-enrolment', 'corrections', { action: 'close', number })
    expect(closed.body.state).toBe('closed')
    const [stored] = await city.seeded.sql<{ text: string }>(
      `select (to_jsonb(c)::text || (select string_agg(to_jsonb(s)::text, '') from correction_steps s)) as text from corrections c`,
    )
    expect(stored!.text).not.toContain(PUPIL.id)
    expect(stored!.text).not.toContain('户口簿')
  })

  it.each<{ name: string; change: object; status: number; code: string }>([
    {
      name: 'a field that was not asked',
      change: { fields: ['household-registration.name'] },
      status: 404,
      code: 'request.unknown-resource',
    },
    {
      name: 'somebody the exchange was not about',
      change: { subject: person(GUARDIAN) },
      status: 404,
      code: 'request.unknown-resource',
    },
    { name: 'no evidence', change: { text: undefined }, status: 400, code: 'request.malformed' },
    { name: 'members of another action', change: { result: 'corrected' }, status: 400, code: 'request.malformed' },
  ])('refuses $name', async ({ change, status, code }) => {
    const { status: got, body } = await open(change)
    expect([got, body.code]).toEqual([status, code])
  })

  it('hides a correction from everybody else', async () => {
    const { body } = await open()
    const other = await city.send('rc-tax', 'corrections', { action: 'read', number: body.number })
    expect([other.status, other.body.code]).toEqual([404, 'request.unknown-resource'])
  })

  it('gives no due date in a year without an official calendar', async () => {
    const { body } = await open({}, '2026-12-28T02:00:00Z')
    expect(body.dueOn).toBeNull()
  })
})
