import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMPANY, GUARDIAN, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { type DossierCity, dossierCity } from '../dossier/city.ts'

let city: DossierCity
beforeAll(async () => {
  city = await dossierCity()
})
afterAll(() => city?.stop())

const pupil = { role: 'applicant', type: 'person', idType: 'resident-id', id: PUPIL.id, name: PUPIL.name }
const guardian = { role: 'guardian', type: 'person', idType: 'resident-id', id: GUARDIAN.id }
const CASE = '11371082PDY003018B3370705001001202611200901'
const accepted = (eventId: string, changes: object = {}) => ({
  eventId,
  kind: 'accepted',
  item: 'rongcheng-p-008',
  case: CASE,
  application: `app-${eventId}`,
  occurredAt: '2026-08-20T09:30:00+08:00',
  subjects: [pupil, guardian],
  ...changes,
})

describe('POST /v1/events', () => {
  it('records an event with commitments only, and stores its subjects as digests beside sealed values', async () => {
    const { status, body } = await city.send('rc-enrolment', 'events', accepted('jyj-0001'))
    expect(status, JSON.stringify(body)).toBe(200)
    const [row] = await city.seeded.sql<{ entry: Buffer; mode: string; subject_digest: string }>(
      `select r.entry, r.mode, s.subject_digest from records r join record_sides s using (index, recorded_at)
        where r.exchange_id = $1`,
      [body.exchangeId],
    )
    const entry = JSON.parse(row!.entry.toString()) as Record<string, unknown>
    expect(entry).toMatchObject({
      kind: 'event',
      mode: 'events',
      item: 'rongcheng-p-008',
      case: CASE,
      scenario: 'P2.1',
    })
    expect(entry.details).toMatchObject({ eventId: 'jyj-0001', event: 'accepted' })
    expect(row!.subject_digest).toBe(city.digests.of({ type: 'person', idType: 'resident-id', id: PUPIL.id }))
    const rows = await city.seeded.sql(
      'select to_jsonb(e)::text || to_jsonb(s)::text as text from events e join event_subjects s using (exchange_id)',
    )
    expect(rows.length).toBeGreaterThan(0)
    for (const text of [JSON.stringify(rows), row!.entry.toString()]) {
      expect(text).not.toContain(PUPIL.id)
      expect(text).not.toContain(GUARDIAN.id)
      expect(text).not.toContain(PUPIL.name)
    }
  })

  it('answers the same event sent again with the first answer, also with a token; the records of the repeats name it', async () => {
    const first = await city.send('rc-enrolment', 'events', accepted('jyj-0002'))
    const again = await city.send('rc-enrolment', 'events', accepted('jyj-0002'))
    const plain = await city.sendPlain('rc-enrolment', 'events', accepted('jyj-0002'))
    expect(again).toEqual(first)
    expect(plain).toEqual(first)
    const rows = await city.seeded.sql<{ exchange_id: string; repeat_of: string | null }>(
      `select exchange_id, convert_from(entry, 'UTF8')::jsonb #>> '{details,repeatOf}' as repeat_of from records
        where convert_from(entry, 'UTF8')::jsonb #>> '{details,eventId}' = 'jyj-0002' order by index`,
    )
    const { exchangeId } = first.body
    expect(rows.map((row) => row.repeat_of)).toEqual([null, exchangeId, exchangeId])
    expect(new Set(rows.map((row) => row.exchange_id)).size).toBe(3)
    const [{ n }] = (await city.seeded.sql(`select count(*)::int as n from events where event_id = 'jyj-0002'`)) as [
      { n: number },
    ]
    expect(n).toBe(1)
  })

  it('refuses another content under a used id, and records the refusal', async () => {
    await city.send('rc-enrolment', 'events', accepted('jyj-0003'))
    const { status, body } = await city.send(
      'rc-enrolment',
      'events',
      accepted('jyj-0003', { occurredAt: '2026-08-21T09:30:00+08:00' }),
    )
    expect([status, body.code, body.reasons[0].rule]).toEqual([409, 'request.replayed', 'event-id'])
    const [last] = await city.seeded.sql('select mode, outcome, code from records order by index desc limit 1')
    expect(last).toEqual({ mode: 'events', outcome: 'refused', code: 'request.replayed' })
  })

  it('takes over an id whose first attempt never reached the log', async () => {
    const event = accepted('jyj-0004')
    const first = await city.send('rc-enrolment', 'events', event)
    // As a crash between reservation and record leaves it: the row is there, its record is not.
    await city.seeded.sql('alter table exchange_ids disable trigger append_only')
    await city.seeded.sql('delete from exchange_ids where exchange_id = $1', [first.body.exchangeId])
    const [before] = await city.seeded.sql(
      `select count(*)::int as n from events e join exchange_ids x using (exchange_id) where event_id = 'jyj-0004'`,
    )
    expect(before).toEqual({ n: 0 })
    const second = await city.send('rc-enrolment', 'events', event)
    expect(second.status).toBe(200)
    expect(second.body.exchangeId).toBe(first.body.exchangeId)
    await city.seeded.sql('alter table exchange_ids enable always trigger append_only')
  })

  it.each([
    {
      name: 'an item of another department',
      system: 'rc-police',
      event: accepted('gaj-0001'),
      rule: 'not-responsible',
    },
    {
      name: 'a dataset of another department',
      system: 'rc-enrolment',
      event: {
        eventId: 'jyj-0100',
        kind: 'changed',
        dataset: 'household-registration',
        outcome: 'updated',
        occurredAt: '2026-08-20T01:00:00Z',
        subjects: [pupil],
      },
      rule: 'not-responsible',
    },
    {
      name: 'a department it is no agent of',
      system: 'rc-enrolment',
      event: accepted('jyj-0101', { onBehalfOf: 'rc-gaj' }),
      rule: 'agency',
    },
    {
      name: 'an item the catalogue lacks',
      system: 'rc-enrolment',
      event: accepted('jyj-0102', { item: 'none-1' }),
      rule: 'item',
    },
  ])('refuses $name', async ({ system, event, rule }) => {
    const { status, body } = await city.send(system, 'events', event)
    expect([status, body.code, body.reasons[0].rule]).toEqual([403, 'access.denied', rule])
    const [stored] = await city.seeded.sql('select count(*)::int as n from events where event_id = $1', [event.eventId])
    expect(stored).toEqual({ n: 0 })
  })

  it.each([
    { name: 'no case', change: { case: undefined }, code: 'request.malformed' },
    {
      name: 'a certificate on a case event',
      change: { certificate: { type: 'weihai-c-001', number: 'x' } },
      code: 'request.malformed',
    },
    { name: 'a moment to come', change: { occurredAt: '2199-01-01T00:00:00Z' }, code: 'request.malformed' },
    { name: '30 February', change: { occurredAt: '2026-02-30T00:00:00Z' }, code: 'request.malformed' },
    {
      name: 'a wrong check digit',
      change: { subjects: [{ ...pupil, id: '371099201907120018' }] },
      code: 'subject.invalid',
    },
    { name: 'an identifier in the event id', change: { eventId: `e-${PUPIL.id}` }, code: 'request.malformed' },
    { name: 'an unknown kind', change: { kind: 'celebrated' }, code: 'request.malformed' },
    { name: 'a decision without its outcome', change: { kind: 'decided' }, code: 'request.malformed' },
  ])('refuses $name', async ({ change, code }) => {
    const { body } = await city.send('rc-enrolment', 'events', accepted('jyj-0200', change))
    expect(body.code, JSON.stringify(body)).toBe(code)
    expect(JSON.stringify(body)).not.toContain(PUPIL.id)
  })

  it('takes an agent’s report, for the department it acts for', async () => {
    const { status } = await city.send('rc-approval', 'events', accepted('spj-0001', { onBehalfOf: 'rc-jyj' }))
    expect(status).toBe(200)
    const [row] = await city.seeded.sql(`select system, member from events where event_id = 'spj-0001'`)
    expect(row).toEqual({ system: 'rc-approval', member: 'rc-jyj' })
  })
})

describe('cases', () => {
  const application = '2026-RC-000777'
  const number = '11371082PDY003018B3370705001001202611200777'
  const of = (eventId: string, changes: object) => accepted(eventId, { application, case: undefined, ...changes })
  const rows = () =>
    city.seeded.sql(
      `select system, member, case_no, application, item, scenario, closed_at is not null as closed,
              cardinality(subject_digests) as parties from cases where application = $1`,
      [application],
    )

  it('exist by application first, are bound to their number by an event, and close', async () => {
    await city.send('rc-enrolment', 'events', of('case-1', { kind: 'applied' }))
    const common = { system: 'rc-enrolment', member: 'rc-jyj', item: 'rongcheng-p-008', scenario: 'P2.1', application }
    expect(await rows()).toEqual([{ ...common, case_no: null, closed: false, parties: 2 }])
    await city.send('rc-enrolment', 'events', of('case-2', { case: number, occurredAt: '2026-08-21T09:30:00+08:00' }))
    expect(await rows()).toEqual([{ ...common, case_no: number, closed: false, parties: 2 }])
    await city.send('rc-enrolment', 'events', {
      ...accepted('case-3', { kind: 'case-closed', outcome: 'approved', application: undefined, case: number }),
      occurredAt: '2026-08-25T09:30:00+08:00',
      subjects: [pupil],
    })
    expect(await rows()).toEqual([{ ...common, case_no: number, closed: true, parties: 2 }])
  })

  it('tell who is a party of them, and open a grant that demands it', async () => {
    const grant = (await city.grants.get('grant-p2.1-jyj-enrolment'))!
    const demanding = {
      ...grant,
      id: 'grant-test-party',
      conditions: { ...grant.conditions, case: 'application-allowed' as const, subjectIsParty: true },
      purposes: ['当事人核验'],
    }
    await city.grants.put(demanding, 'test')
    const ask = {
      scenario: 'P2.1',
      item: 'rongcheng-p-008',
      purpose: '当事人核验',
      operator: OPERATORS.education,
      subject: { type: 'person', idType: 'resident-id', id: PUPIL.id, name: PUPIL.name },
      fields: ['household-registration.address'],
    }
    const outcome = async (change: object) => {
      const { status, body } = await city.send('rc-enrolment', 'query', { ...ask, ...change })
      return status === 200 ? 'released' : body.code
    }
    expect(await outcome({ case: number })).toBe('released')
    expect(await outcome({ application })).toBe('released')
    expect(await outcome({ case: '11371082PDY003018B3370705001001202611209999' })).toBe('access.denied')
    expect(await outcome({ case: number, item: 'rongcheng-p-007' })).toBe('access.denied')
    const stranger = { type: 'person', idType: 'resident-id', id: '371099198605140034' }
    expect(await outcome({ case: number, subject: stranger })).toBe('access.denied')
    await city.grants.setStatus('grant-test-party', 'revoked', 'test', 'test over')
  })
})

describe('certificates', () => {
  const certificate = { type: 'weihai-c-033', number: 'YYZZ-测试-0001', validUntil: '20461231' }
  const company = { role: 'holder', type: 'organisation', idType: 'uscc', id: COMPANY.id }
  const event = (eventId: string, kind: string, day: string, changes: object = {}) => ({
    eventId,
    kind,
    item: 'rongcheng-e-001-1',
    certificate,
    occurredAt: `${day}T10:00:00+08:00`,
    subjects: [company],
    ...changes,
  })
  const state = () =>
    city.seeded.sql(`select state, valid_until from dossier_certificates where certificate_type = 'weihai-c-033'`)

  it('are held, changed and revoked in the order of what happened, not of what was heard', async () => {
    expect(
      (
        await city.send(
          'rc-market',
          'events',
          event('zs-3', 'certificate-revoked', '2026-09-01', { outcome: 'cancelled' }),
        )
      ).status,
    ).toBe(200)
    await city.send('rc-market', 'events', event('zs-1', 'certificate-issued', '2020-09-01'))
    expect(await state()).toEqual([{ state: 'revoked', valid_until: '20461231' }])
    await city.send(
      'rc-market',
      'events',
      event('zs-4', 'certificate-issued', '2026-09-02', { certificate: { ...certificate, validUntil: '20501231' } }),
    )
    expect(await state()).toEqual([{ state: 'valid', valid_until: '20501231' }])
  })
})
