import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMPANY, NOBODY, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { type DossierCity, dossierCity } from '../dossier/city.ts'

let city: DossierCity
beforeAll(async () => {
  city = await dossierCity()
  const pupil = { type: 'person', idType: 'resident-id', id: PUPIL.id }
  const event = (eventId: string, kind: string, item: string, changes: object = {}) => ({
    eventId,
    kind,
    item,
    occurredAt: '2026-08-20T01:00:00Z',
    subjects: [{ role: 'applicant', ...pupil }],
    ...changes,
  })
  const told = [
    await city.send('rc-enrolment', 'events', event('d-1', 'accepted', 'rongcheng-p-008', { case: 'JYJ-2026-0001' })),
    await city.send('rc-medical', 'events', event('d-2', 'applied', 'rongcheng-p-087', { application: 'YB-2026-01' })),
    await city.send(
      'rc-health',
      'events',
      event('d-3', 'certificate-issued', 'rongcheng-p-001', {
        certificate: { type: 'weihai-c-020', number: 'T990000002', validUntil: '20200101' },
      }),
    ),
    await city.send('rc-market', 'events', {
      ...event('d-4', 'certificate-issued', 'rongcheng-e-001-1'),
      certificate: { type: 'weihai-c-033', number: 'YYZZ-0001' },
      subjects: [{ role: 'holder', type: 'organisation', idType: 'uscc', id: COMPANY.id }],
    }),
  ]
  for (const { status, body } of told) expect(status, JSON.stringify(body)).toBe(200)
})
afterAll(() => city?.stop())

const service = (changes: object = {}) => ({
  scenario: 'S5.3',
  purpose: '主动办服务',
  operator: OPERATORS.approval,
  subject: { type: 'person', idType: 'resident-id', id: PUPIL.id },
  fields: [
    'dossier-person.education',
    'dossier-person.kind',
    'dossier-person.occurredOn',
    'dossier-certificates.certificateName',
    'dossier-certificates.certificateNumber',
    'dossier-certificates.state',
    'household-registration.address',
  ],
  ...changes,
})

describe('POST /v1/dossier', () => {
  it('answers events of the granted stages, certificates held and live sections, each since when it is complete', async () => {
    const { status, body } = await city.send('rc-approval', 'dossier', service())
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body.data['dossier-person']).toEqual([
      { education: '义务教育入学报名', kind: 'accepted', occurredOn: '20260820' },
    ])
    expect(body.data['dossier-certificates']).toEqual([
      { certificateName: '出生医学证明', certificateNumber: 'T990000002', state: '04' },
    ])
    expect(body.data['household-registration'].address).toContain('荣成市')
    expect(body.coverage['dossier-person']).toMatchObject({ completeSince: '20260101' })
    expect(body.coverage['household-registration']).toMatchObject({ completeSince: '19950101' })
    expect(body.evidence.split('~').length).toBeGreaterThan(5)
    const [record] = await city.seeded.sql('select mode, outcome, scenario from records where exchange_id = $1', [
      body.exchangeId,
    ])
    expect(record).toEqual({ mode: 'dossier', outcome: 'released', scenario: 'S5.3' })
  })

  it('shows no event of a stage that was not asked for', async () => {
    const fields = ['dossier-person.medical', 'dossier-person.occurredOn']
    const { body } = await city.send('rc-approval', 'dossier', service({ fields }))
    expect(body.data['dossier-person']).toEqual([
      { medical: '基本医疗保险参保人员享受门诊慢特病病种待遇认定', occurredOn: '20260820' },
    ])
    const none = await city.send('rc-approval', 'dossier', service({ fields: ['dossier-person.travel'] }))
    expect([none.status, none.body.sources['dossier-person'].status, none.body.data]).toEqual([200, 'not-found', {}])
  })

  it('says not-found of somebody nothing was reported of, and never that there is nothing', async () => {
    const subject = { type: 'person', idType: 'resident-id', id: NOBODY.id }
    const { status, body } = await city.send(
      'rc-approval',
      'dossier',
      service({ subject, fields: ['dossier-person.education'] }),
    )
    expect([status, body.sources['dossier-person'].status, body.data]).toEqual([200, 'not-found', {}])
    expect(body.coverage['dossier-person'].note).toContain('不表示没有办过')
  })

  it('serves supervision of organisations under its own scenario', async () => {
    const { status, body } = await city.send('rc-market', 'dossier', {
      scenario: 'S5.4',
      purpose: '信用分级监管',
      operator: OPERATORS.approval,
      subject: { type: 'organisation', idType: 'uscc', id: COMPANY.id },
      fields: ['dossier-organisation.opening', 'dossier-organisation.kind', 'tax-status.creditGrade'],
    })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body.data['dossier-organisation']).toEqual([{ opening: '公司设立登记', kind: 'certificate-issued' }])
    expect(body.data['tax-status']).toEqual({ creditGrade: 'A' })
  })

  it.each([
    { name: 'another mode', op: 'query', change: {} },
    { name: 'another purpose', op: 'dossier', change: { purpose: '信用分级监管' } },
    { name: 'another scenario', op: 'dossier', change: { scenario: 'S5.1' } },
    {
      name: 'a stage the grant does not name',
      op: 'dossier',
      system: 'rc-civil',
      change: { scenario: 'S5.1', purpose: '惠民政策免申即享' },
    },
    { name: 'no operator', op: 'dossier', change: { operator: undefined } },
  ])('refuses $name', async ({ op, change, system = 'rc-approval' }) => {
    const { status, body } = await city.send(system, op, service(change))
    expect([status, body.code]).toEqual([403, 'access.denied'])
  })
})

describe('POST /admin/v1/dossiers/lookup', () => {
  const subject = { type: 'person', idType: 'resident-id', id: PUPIL.id }
  const ask = (changes: object = {}) => ({ subject, reason: '群众投诉核查 2026-11', ...changes })

  it('lists who looked, when, for what, under which grant, with what outcome, newest first, page by page', async () => {
    for (let n = 0; n < 4; n++) await city.send('rc-approval', 'dossier', service())
    await city.send('rc-approval', 'dossier', service({ purpose: '无此目的' }))
    const first = await city.admin('audit', '/admin/v1/dossiers/lookup', ask({ limit: 3 }))
    expect(first.status, JSON.stringify(first.body)).toBe(200)
    const [newest] = first.body.lines
    expect(newest).toMatchObject({ outcome: 'refused', code: 'access.denied', as: 'subject', system: 'rc-approval' })
    expect(first.body.lines[1]).toMatchObject({
      department: { id: 'rc-spj', name: '荣成市行政审批服务局' },
      scenario: { id: 'S5.3', name: '精准服务' },
      mode: 'dossier',
      outcome: 'released',
      grants: ['grant-s5.3-spj-service'],
    })
    expect(first.body.lines[1].fields[0]).toMatchObject({
      id: 'dossier-person.education',
      name: '一人一档时间线·教育阶段事项',
    })
    expect(first.body.lines[1].links.record).toBe(`/admin/v1/records/${first.body.lines[1].exchangeId}`)

    const seen: string[] = first.body.lines.map(({ index }: { index: string }) => index)
    let next: string | null = first.body.next
    let total = first.body.counts.total
    while (next !== null) {
      const page = await city.admin('audit', '/admin/v1/dossiers/lookup', ask({ limit: 3, cursor: next }))
      seen.push(...page.body.lines.map(({ index }: { index: string }) => index))
      next = page.body.next
      total = page.body.counts.total
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.map(Number)).toEqual(seen.map(Number).sort((a, b) => b - a))
    // Each page looked at is one more line for the next.
    expect(total).toBeGreaterThanOrEqual(seen.length)
  })

  it('is itself recorded before it is answered, with its reason and no identifier', async () => {
    const { body } = await city.admin('audit', '/admin/v1/dossiers/lookup', ask())
    const [row] = await city.seeded.sql<{ entry: Buffer; subject_digest: string }>(
      'select r.entry, s.subject_digest from records r join record_sides s using (index, recorded_at) where exchange_id = $1',
      [body.recordedAs],
    )
    expect(JSON.parse(row!.entry.toString())).toMatchObject({ verb: 'dossier.view', reason: '群众投诉核查 2026-11' })
    expect(row!.entry.toString()).not.toContain(PUPIL.id)
    expect(row!.subject_digest).toBe(city.digests.of(subject as never))
  })

  it('never shows the data side or an event', async () => {
    const { body } = await city.admin('audit', '/admin/v1/dossiers/lookup', ask({ limit: 200 }))
    const text = JSON.stringify(body)
    expect(body.lines.some(({ mode }: { mode: string }) => mode === 'events')).toBe(false)
    for (const value of ['T990000002', '测试王大明', PUPIL.id]) expect(text).not.toContain(value)
  })

  it.each(['system', 'security'] as const)('refuses the %s administrator', async (who) => {
    const { status, body } = await city.admin(who, '/admin/v1/dossiers/lookup', ask())
    expect([status, body.code, body.reasons[0].rule]).toEqual([403, 'access.denied', 'role'])
  })

  it.each([
    { name: 'no reason', body: { reason: undefined }, code: 'request.malformed' },
    { name: 'an identifier in the reason', body: { reason: `核查 ${PUPIL.id}` }, code: 'request.malformed' },
    {
      name: 'a wrong identifier',
      body: { subject: { ...subject, id: '371099201907120018' } },
      code: 'subject.invalid',
    },
    { name: 'a cursor of another list', body: { cursor: 'AAAA' }, code: 'request.malformed' },
  ])('refuses $name', async ({ body: change, code }) => {
    const { body } = await city.admin('audit', '/admin/v1/dossiers/lookup', ask(change))
    expect(body.code).toBe(code)
  })
})
