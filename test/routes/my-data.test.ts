import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GUARDIAN, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { type DossierCity, dossierCity } from '../dossier/city.ts'

let city: DossierCity
beforeAll(async () => {
  city = await dossierCity()
  for (let n = 1; n <= 5; n++) expect((await enrol(`JYJ-MY-${n}`)).status).toBe(200)
  expect((await enrol('JYJ-MY-6', { purpose: '无此目的' })).status).toBe(403)
})
afterAll(() => city?.stop())

const person = ({ id, name }: { id: string; name: string }) => ({ type: 'person', idType: 'resident-id', id, name })
const enrol = (caseNo: string, changes: object = {}) =>
  city.send('rc-enrolment', 'query', {
    scenario: 'P2.1',
    item: 'rongcheng-p-008',
    case: caseNo,
    purpose: '义务教育入学资格核验',
    operator: OPERATORS.education,
    subject: person(PUPIL),
    parties: { guardian: person(GUARDIAN) },
    fields: ['household-registration.address', 'guardian:real-estate.certificateNo'],
    ...changes,
  })
const mine = { idType: 'resident-id', id: PUPIL.id }
const view = async (body: object = {}, claims: object = mine) =>
  await city.myData(await city.identityToken({ ...claims }), body)

describe('POST /v1/my-data', () => {
  it('says who looked, when, which fields, why and with what outcome, and not which operator', async () => {
    const { status, body } = await view()
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body.counts).toEqual({ total: 6, released: 5, refused: 1, failed: 0 })
    expect(body.lines).toHaveLength(6)
    expect(body.lines[0]).toMatchObject({ outcome: 'refused', reason: '未获授权' })
    expect(body.lines[1]).toMatchObject({
      department: { id: 'rc-jyj', name: '荣成市教育体育局' },
      scenario: { id: 'P2.1', name: '入学' },
      item: { id: 'rongcheng-p-008', name: '义务教育入学报名' },
      purpose: '义务教育入学资格核验',
      mode: 'query',
      outcome: 'released',
      reason: null,
    })
    const text = JSON.stringify(body)
    for (const hidden of [OPERATORS.education.id, OPERATORS.education.name, 'rc-enrolment', 'JYJ-MY-1', PUPIL.id])
      expect(text).not.toContain(hidden)
  })

  it('shows each person their own fields of a request about several', async () => {
    const child = await view({ limit: 1, cursor: undefined })
    const parent = await view({ limit: 1 }, { idType: 'resident-id', id: GUARDIAN.id })
    const names = (answer: { body: { lines: { fields: { id: string }[] }[] } }) =>
      answer.body.lines[0]!.fields.map(({ id }) => id)
    expect(names(child)).toEqual(['household-registration.address'])
    expect(names(parent)).toEqual(['guardian:real-estate.certificateNo'])
  })

  it('goes page by page with a fresh token each, nothing twice and nothing missed', async () => {
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const { body } = await view({ limit: 4, ...(cursor !== null && { cursor }) })
      ids.push(...body.lines.map(({ exchangeId }: { exchangeId: string }) => exchangeId))
      cursor = body.next
    } while (cursor !== null)
    expect(ids).toHaveLength(6)
    expect(new Set(ids).size).toBe(6)
  })

  it('is recorded, once per view, under the subject’s digest and no identifier', async () => {
    const { body } = await view()
    const [row] = await city.seeded.sql<{ entry: Buffer; mode: string; subject_digest: string; outcome: string }>(
      `select r.entry, r.mode, r.outcome, s.subject_digest from records r join record_sides s using (index, recorded_at)
        where exchange_id = $1`,
      [body.exchangeId],
    )
    expect(row).toMatchObject({ mode: 'my-data', outcome: 'released' })
    expect(row!.entry.toString()).not.toContain(PUPIL.id)
    expect(row!.subject_digest).toBe(city.digests.of({ type: 'person', idType: 'resident-id', id: PUPIL.id }))
    // Own views are no look by somebody else.
    expect((await view()).body.counts.total).toBe(6)
  })

  it.each<{ name: string; token: () => Promise<string | null>; code: string }>([
    { name: 'no token', token: async () => null, code: 'request.unsigned' },
    {
      name: 'a token of another provider',
      token: () => city.identityToken({ ...mine, iss: 'https://evil.example' }),
      code: 'request.signature',
    },
    {
      name: 'a token signed by another key',
      token: () => city.identityToken(mine, { key: 'foreign' }),
      code: 'request.signature',
    },
    {
      name: 'a token for another service',
      token: () => city.identityToken({ ...mine, aud: 'guanyi:371002' }),
      code: 'request.signature',
    },
    {
      name: 'a token that lives too long',
      token: () => city.identityToken({ ...mine, exp: Math.floor(Date.now() / 1000) + 900 }),
      code: 'request.signature',
    },
    {
      name: 'a token out of its time',
      token: () => city.identityToken({ ...mine, iat: 1_700_000_000, exp: 1_700_000_200 }),
      code: 'request.expired',
    },
    { name: 'a token without an identity', token: () => city.identityToken({}), code: 'request.signature' },
    {
      name: 'a token with a wrong number',
      token: () => city.identityToken({ ...mine, id: '371099201907120018' }),
      code: 'subject.invalid',
    },
    {
      name: 'a department’s token',
      token: async () => {
        const issued = await city.seeded.client('rc-enrolment').get('/v1/catalog/datasets')
        return issued.ok ? 'a.b.c' : null
      },
      code: 'request.signature',
    },
  ])('refuses $name', async ({ token, code }) => {
    const { body } = await city.myData(await token())
    expect(body.code, JSON.stringify(body)).toBe(code)
    expect(body.instance).toBeUndefined()
  })

  it('refuses a token used before, also when Redis has forgotten it', async () => {
    const token = await city.identityToken(mine)
    expect((await city.myData(token)).status).toBe(200)
    expect((await city.myData(token)).body.code).toBe('request.replayed')
    const { Redis } = await import('ioredis')
    const redis = new Redis(city.seeded.redis!.url)
    await redis.flushall()
    redis.disconnect()
    expect((await city.myData(token)).body.code).toBe('request.replayed')
  })

  it('refuses another’s cursor, and records that', async () => {
    const { body } = await view({ limit: 1 })
    const other = await view({ cursor: body.next }, { idType: 'resident-id', id: GUARDIAN.id })
    expect([other.status, other.body.code]).toEqual([400, 'request.malformed'])
    const id = other.body.instance.split('/').at(-1)
    const [row] = await city.seeded.sql('select mode, outcome from records where exchange_id = $1', [id])
    expect(row).toEqual({ mode: 'my-data', outcome: 'refused' })
  })
})

describe('lawful suppression', () => {
  const subject = { type: 'person', idType: 'resident-id', id: PUPIL.id }
  const suppression = (changes: object = {}) => ({
    subject,
    member: 'rc-gaj',
    legalBasis: '《中华人民共和国个人信息保护法》第三十五条',
    from: new Date(city.clock.ms - 60_000).toISOString(),
    until: new Date(city.clock.ms + 86_400_000).toISOString(),
    approvedBy: '测试分管负责人',
    reason: '侦查需要，依法暂缓告知',
    ...changes,
  })

  it('hides the lines from list, counts and cursors, shows them to auditors, and ends by itself', async () => {
    const looked = await city.send('rc-police', 'query', {
      scenario: 'P1.1',
      item: 'rongcheng-p-003',
      case: 'GAJ-2026-0001',
      purpose: '出生户口登记',
      operator: OPERATORS.education,
      subject: person(PUPIL),
      fields: ['household-registration.address'],
    })
    expect([200, 403]).toContain(looked.status)
    const before = await view({ limit: 3 })
    expect(before.body.counts.total).toBe(7)

    const entered = await city.admin('security', '/admin/v1/dossiers/suppressions', suppression())
    expect(entered.status, JSON.stringify(entered.body)).toBe(201)

    const ids: string[] = []
    let cursor: string | null = null
    do {
      const { body } = await view({ limit: 3, ...(cursor !== null && { cursor }) })
      expect(body.counts.total).toBe(6)
      ids.push(...body.lines.map(({ department }: { department: { id: string } }) => department.id))
      expect(body.lines).toHaveLength(3)
      expect(JSON.stringify(body)).not.toContain('suppress')
      cursor = body.next
    } while (cursor !== null)
    expect(ids).toEqual(Array(6).fill('rc-jyj'))

    const audit = await city.admin('audit', '/admin/v1/dossiers/lookup', { subject, reason: '例行审计', limit: 200 })
    const line = audit.body.lines.find(({ member }: { member: { id: string } }) => member.id === 'rc-gaj')
    expect(line.suppressed).toMatchObject({ legalBasis: suppression().legalBasis, approvedBy: '测试分管负责人' })

    expect(audit.body.suppressions).toMatchObject([{ id: entered.body.id, enteredBy: 'op-security', liftedAt: null }])

    city.clock.ms += 2 * 86_400_000
    expect((await view()).body.counts.total).toBe(7)
  })

  it('ends before its time when it is lifted, once', async () => {
    const { body } = await city.admin('security', '/admin/v1/dossiers/suppressions', suppression())
    expect((await view()).body.counts.total).toBe(6)
    const lift = (who: 'security' | 'audit', id: string) =>
      city.admin(who, '/admin/v1/dossiers/suppressions/lift', { id, reason: '侦查已结束' })
    expect((await lift('audit', body.id)).body.code).toBe('access.denied')
    expect((await lift('security', body.id)).status).toBe(200)
    expect((await view()).body.counts.total).toBe(7)
    expect((await lift('security', body.id)).body.code).toBe('request.unknown-resource')
    expect((await lift('security', '999')).body.code).toBe('request.unknown-resource')
  })

  it.each([
    { name: 'an auditor', who: 'audit' as const, change: {}, code: 'access.denied' },
    { name: 'a system administrator', who: 'system' as const, change: {}, code: 'access.denied' },
    { name: 'one without an end', who: 'security' as const, change: { until: undefined }, code: 'request.malformed' },
    {
      name: 'one without a legal basis',
      who: 'security' as const,
      change: { legalBasis: '' },
      code: 'request.malformed',
    },
    {
      name: 'one of ten years',
      who: 'security' as const,
      change: { until: '2040-01-01T00:00:00Z' },
      code: 'request.malformed',
    },
    {
      name: 'one approved by who enters it',
      who: 'security' as const,
      change: { approvedBy: 'op-security' },
      code: 'request.malformed',
    },
  ])('refuses $name', async ({ who, change, code }) => {
    const { body } = await city.admin(who, '/admin/v1/dossiers/suppressions', suppression(change))
    expect(body.code).toBe(code)
  })
})
