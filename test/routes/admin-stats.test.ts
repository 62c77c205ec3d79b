import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { estimateDistinct } from '../../gateway/audit/stats.ts'
import { type AuditCity, auditCity, CHILD, neighbour, type Told } from '../audit/audit-city.ts'

/** Late on the last of October in China, still the 31st; five hours later it is November. */
const EVENING = Date.parse('2026-10-31T14:00:00Z')
const HOUR = 3_600_000

describe('charts and monthly reports', () => {
  let city: AuditCity
  beforeAll(async () => {
    city = await auditCity({ nowMs: EVENING + 30 * HOUR })
    const told: Told[] = [
      { atMs: EVENING },
      { atMs: EVENING, subject: CHILD, columns: { scenario: 'P3.1' } },
      { atMs: EVENING, columns: { outcome: 'refused', code: 'access.denied' } },
      { atMs: EVENING, columns: { onBehalfOf: 'rc-mzj', system: 'rc-platform', member: 'rc-spj' } },
      {
        atMs: EVENING + 5 * HOUR,
        entry: {
          sources: {
            'household-registration': { status: 'unavailable' },
            'guardian:household-registration': { status: 'ok' },
          },
        },
      },
      { atMs: EVENING + 5 * HOUR, columns: { outcome: 'failed', code: 'provider.timeout' } },
      { atMs: EVENING + 5 * HOUR, entry: {}, side: { subjectDigest: null } },
    ]
    await city.tell(...told)
    await city.records.append({
      operator: { id: 'op-audit', name: '测试', role: 'audit-administrator', member: 'rc-dsj' },
      verb: 'test',
      subjectDigest: null,
      target: null,
      reason: null,
      details: {},
    })
  })
  afterAll(() => city.stop())
  const chart = async (query: string) =>
    (await city.json(`/admin/v1/stats/exchanges?from=20261001&to=20261130&${query}`)).body.rows

  it('counts by day in China, and no acts of operators', async () => {
    expect(await chart('by=day')).toEqual([
      { key: '20261031', records: 4, released: 3, refused: 1, failed: 0 },
      { key: '20261101', records: 3, released: 2, refused: 0, failed: 1 },
    ])
  })

  it.each([
    ['member', { 'rc-jyj': 6, 'rc-mzj': 1 }],
    ['scenario', { 'P2.1': 6, 'P3.1': 1 }],
    ['outcome', { released: 5, refused: 1, failed: 1 }],
    ['dataset', { 'household-registration': 7 }],
    ['system', { 'rc-enrolment': 6, 'rc-platform': 1 }],
    ['code', { 'access.denied': 1, 'provider.timeout': 1 }],
  ])('counts by %s', async (by, want) => {
    const rows = (await chart(`by=${by}`)) as { key: string; records: number }[]
    expect(Object.fromEntries(rows.map(({ key, records }) => [key, records]))).toEqual(want)
  })

  it('reports a month of a department as consumer and as provider', async () => {
    const { body } = await city.json('/admin/v1/stats/monthly?month=202610&member=rc-jyj')
    expect(body).toMatchObject({
      name: '测试教育局',
      consumer: {
        asked: 3,
        released: 2,
        refused: 1,
        failed: 0,
        byCode: { 'access.denied': 1 },
        datasets: { 'household-registration': 3 },
        scenarios: { 'P2.1': 2, 'P3.1': 1 },
        subjects: 2,
      },
      provider: [{ dataset: 'student-record', asked: 0, unavailableRate: null, subjects: 0 }],
    })
    const provider = (await city.json('/admin/v1/stats/monthly?month=202611&member=rc-gaj')).body.provider
    expect(provider).toEqual([
      {
        dataset: 'household-registration',
        asked: 3,
        released: 2,
        // One unavailable in a release, one failed exchange.
        sources: { ok: 1, unavailable: 2 },
        unavailableRate: 2 / 3,
        subjects: 1,
      },
    ])
  })

  it('says the same as CSV', async () => {
    const response = await city.ask('/admin/v1/stats/monthly?month=202611&member=rc-gaj&format=csv')
    const text = Buffer.from(await response.arrayBuffer()).toString('utf8')
    expect(text.startsWith('\ufeff月报 monthly report,测试公安局,rc-gaj,202611\r\n')).toBe(true)
    expect(text).toContain('household-registration,3,2,66.67%,1\r\n')
    expect(
      await (await city.ask('/admin/v1/stats/exchanges?by=code&from=20261001&to=20261130&format=csv')).text(),
    ).toContain('access.denied,1,0,1,0')
  })

  it('counts every record once, whoever counts, and gives the same when rebuilt', async () => {
    const tables = [
      'record_days order by 1, 2, 3, 4, 5',
      'subject_registers order by 1, 2, 3, 4',
      'record_ranges order by 1',
    ]
    const state = () => Promise.all(tables.map((table) => city.database.sql(`select * from ${table}`)))
    await city.tell(...Array.from({ length: 700 }, (_, n) => ({ atMs: EVENING - n * HOUR, subject: neighbour(n) })))
    await Promise.all([city.jobs.catchUp(), city.jobs.catchUp(), chart('by=day'), chart('by=member')])
    await city.jobs.catchUp()
    const made = await state()
    expect(made[2]!.length).toBe(2)
    const rows = (await chart('by=outcome')) as { records: number }[]
    expect(rows.reduce((sum, { records }) => sum + records, 0)).toBe(707)
    await city.jobs.rebuild()
    expect(await state()).toEqual(made)
  })

  it('estimates different subjects within a few per cent', async () => {
    const { body } = await city.json('/admin/v1/stats/monthly?month=202610&member=rc-jyj')
    expect(Math.abs(body.consumer.subjects - 702)).toBeLessThan(60)
    expect(estimateDistinct([])).toBe(0)
  })

  it.each([
    'exchanges?by=nonsense',
    'exchanges?from=20261101&to=20261031',
    'exchanges?from=20260231',
    'monthly?month=202613&member=rc-gaj',
    'monthly?month=202611&member=rc-none',
  ])('refuses %s', async (path) => {
    expect((await city.json(`/admin/v1/stats/${path}`)).status).toBe(400)
  })

  it.each(['system', 'security'] as const)('refuses a %s administrator', async (who) => {
    expect((await city.json('/admin/v1/stats/exchanges', { who })).status).toBe(403)
    expect((await city.json('/admin/v1/stats/monthly?month=202611&member=rc-gaj', { who })).status).toBe(403)
  })
})
