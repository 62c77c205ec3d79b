import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_THRESHOLDS, type Thresholds } from '../../gateway/audit/thresholds.ts'
import { findAnomaliesTask } from '../../gateway/jobs/find-anomalies.ts'
import { type AuditCity, auditCity, neighbour, PERSON, stranger, type Told } from '../audit/audit-city.ts'

const HOUR = 3_600_000
/** Ten in the morning of 18 November 2026 in China. */
const MORNING = Date.parse('2026-11-18T02:00:00Z')
const DAY = '20261118'

/** Small enough for a test, each out of the others' way. */
const THRESHOLDS: Thresholds = {
  ...DEFAULT_THRESHOLDS,
  'night-bulk': { records: 12, subjects: 10 },
  'operator-many-subjects': { subjects: 8 },
  'subject-read-often': { records: 9 },
  'refusals-rising': { records: 5, times: 3 },
  'without-case': { records: 4 },
}
describe('findings', () => {
  let city: AuditCity
  const sets: Record<string, string[]> = {}
  const many = (count: number, make: (n: number) => Told): Told[] => Array.from({ length: count }, (_, n) => make(n))
  const run = () => findAnomaliesTask({ search: city.jobs, thresholds: THRESHOLDS, now: () => city.clock.ms }).run()
  const list = async (query = '') =>
    (await city.json(`/admin/v1/findings${query}`)).body.findings as Record<string, unknown>[]
  const recordsOf = async (id: unknown) =>
    ((await city.json(`/admin/v1/findings/${id}`)).body.records as { exchangeId: string }[]).map(
      (each) => each.exchangeId,
    )

  beforeAll(async () => {
    city = await auditCity({ nowMs: MORNING + 30 * HOUR })
    const at = (system: string, columns: Told['columns'] = {}) => ({ columns: { system, ...columns } })
    const tell = async (name: string, told: Told[]) => {
      sets[name] = await city.tell(...told)
    }
    await tell(
      'night',
      many(12, (n) => ({
        ...at('rc-night'),
        operator: `n${n}`,
        subject: stranger(n),
        atMs: MORNING + (13 + n / 4) * HOUR,
      })),
    )
    await tell(
      'sequence',
      many(6, (n) => ({ ...at('rc-counting'), operator: `c${n}`, subject: neighbour(n), atMs: MORNING + n })),
    )
    await city.tell(
      ...many(5, (n) => ({ ...at('rc-siblings'), operator: `s${n}`, subject: neighbour(n), atMs: MORNING + n })),
    )
    await tell(
      'operator',
      many(8, (n) => ({ ...at('rc-busy'), operator: 'one', subject: stranger(20 + n), atMs: MORNING + n })),
    )
    await tell(
      'subject',
      many(9, (n) => ({ ...at(`rc-each-${n}`), subject: stranger(70), atMs: MORNING + n })),
    )
    const refusal = (n: number, atMs: number) => ({
      ...at('rc-guess', { outcome: 'refused', code: 'subject.invalid' }),
      subject: stranger(n),
      atMs,
    })
    await city.tell(...many(7, (n) => refusal(n, MORNING - (n + 1) * 24 * HOUR)))
    await tell(
      'refusals',
      many(6, (n) => refusal(30 + n, MORNING + n)),
    )
    // As many every day as today: busy, not rising.
    const usual = (n: number, atMs: number) => ({
      ...at('rc-usual', { outcome: 'refused', code: 'subject.invalid' }),
      subject: stranger(n),
      atMs,
    })
    await city.tell(
      ...many(42, (n) => usual(n, MORNING - ((n % 7) + 1) * 24 * HOUR)),
      ...many(6, (n) => usual(40 + n, MORNING + n)),
    )
    await tell(
      'nocase',
      many(4, (n) => ({ ...at('rc-nocase', { caseNo: null }), subject: stranger(50 + n), atMs: MORNING + n })),
    )
  })
  afterAll(() => city.stop())

  it('finds each anomaly with exactly the records behind it, once', async () => {
    expect(await run()).toMatchObject({ found: 6, grown: 0 })
    const found = Object.fromEntries((await list()).map((each) => [each.kind as string, each]))
    expect(Object.keys(found).sort()).toEqual([
      'night-bulk',
      'operator-many-subjects',
      'refusals-rising',
      'sequential-identifiers',
      'subject-read-often',
      'without-case',
    ])
    expect(found['sequential-identifiers']).toMatchObject({
      name: '连号查询',
      day: DAY,
      system: 'rc-counting',
      status: 'open',
      figures: { subjects: 6 },
      recordCount: 6,
    })
    expect(await recordsOf(found['night-bulk']!.id)).toEqual(sets.night)
    expect(await recordsOf(found['sequential-identifiers']!.id)).toEqual(sets.sequence)
    expect(await recordsOf(found['operator-many-subjects']!.id)).toEqual(sets.operator)
    expect(await recordsOf(found['subject-read-often']!.id)).toEqual(sets.subject)
    expect(await recordsOf(found['refusals-rising']!.id)).toEqual(sets.refusals)
    expect(await recordsOf(found['without-case']!.id)).toEqual(sets.nocase)
    expect(found['refusals-rising']!.figures).toEqual({ records: 6, usual: 1 })
    expect(await run()).toMatchObject({ counted: 0, found: 0, grown: 0 })
  })

  it('names nobody, not even by digest', async () => {
    const rows = await city.database.sql('select * from findings')
    expect(JSON.stringify(rows)).not.toMatch(/k1:|371099/)
  })

  it('grows while it is open; closed, it stays closed, but what goes on is found again', async () => {
    const [finding] = await list('?kind=without-case')
    const more = (count: number) =>
      city.tell(
        ...many(count, (n) => ({
          subject: stranger(60 + n),
          atMs: MORNING + 100 + n,
          columns: { system: 'rc-nocase', caseNo: null },
        })),
      )
    await more(1)
    expect(await run()).toMatchObject({ found: 0, grown: 1 })
    const before = (await city.entries()).length
    const closed = await city.json(`/admin/v1/findings/${finding!.id}/close`, {
      body: { reason: '已核实，系窗口补录' },
    })
    expect(closed.body).toMatchObject({
      status: 'closed',
      recordCount: 5,
      closed: { by: 'op-audit', reason: '已核实，系窗口补录' },
    })
    expect((await city.entries()).slice(before)).toMatchObject([
      {
        verb: 'findings.close',
        target: `finding:${finding!.id}`,
        reason: '已核实，系窗口补录',
        details: { records: 5 },
      },
    ])
    await more(3)
    expect(await run()).toMatchObject({ found: 0, grown: 0 })
    await more(1)
    expect(await run()).toMatchObject({ found: 1, grown: 0 })
    expect((await list('?kind=without-case&status=open'))[0]).toMatchObject({ recordCount: 4 })
  })

  it('refuses to close without a reason, twice, or what is not there; and other roles', async () => {
    const [finding] = await list('?status=closed')
    const close = (id: unknown, body: unknown, who: 'audit' | 'system' | 'security' = 'audit') =>
      city.json(`/admin/v1/findings/${id}/close`, { body, who })
    expect((await close(finding!.id, {})).body.reasons[0].rule).toBe('criteria')
    expect((await close(finding!.id, { reason: '再次处理' })).status).toBe(409)
    expect((await close(999_999, { reason: '再次处理' })).status).toBe(404)
    const [open] = await list('?status=open')
    expect((await close(open!.id, { reason: `涉及 ${PERSON.id} 本人` })).body.reasons[0].rule).toBe(
      'identifier-in-text',
    )
    for (const who of ['system', 'security'] as const) {
      expect((await close(finding!.id, { reason: '再次处理' }, who)).status).toBe(403)
      expect((await city.json('/admin/v1/findings', { who })).status).toBe(403)
    }
    expect((await city.json('/admin/v1/findings?kind=nonsense')).status).toBe(400)
  })

  it('pages', async () => {
    const first = await city.json('/admin/v1/findings?limit=4')
    const rest = await city.json(`/admin/v1/findings?limit=4&cursor=${first.body.next}`)
    expect([...first.body.findings, ...rest.body.findings]).toHaveLength(7)
    expect((await city.json(`/admin/v1/findings?status=open&limit=4&cursor=${first.body.next}`)).status).toBe(400)
  })

  it('forgets neighbourhoods after a week', async () => {
    const kept = () => city.database.sql('select from subject_neighbourhoods')
    expect((await kept()).length).toBeGreaterThan(0)
    await city.jobs.forgetNeighbourhoods(MORNING + 48 * HOUR)
    expect(await kept()).toHaveLength(0)
  })
})

describe('findings against reported cases', () => {
  let city: AuditCity
  const read = (caseNo: string, atMs: number, more: Told = {}): Told => ({
    ...more,
    atMs,
    columns: { caseNo, system: `rc-${caseNo}`, ...more.columns },
  })
  beforeAll(async () => {
    city = await auditCity({ nowMs: MORNING + 30 * HOUR })
  })
  afterAll(() => city.stop())
  const found = async () =>
    ((await city.json('/admin/v1/findings')).body.findings as { kind: string; system: string }[])
      .map(({ kind, system }) => `${kind} ${system}`)
      .sort()

  it('says nothing while nobody reports cases', async () => {
    await city.tell(read('early', MORNING))
    await findAnomaliesTask({ search: city.jobs, thresholds: DEFAULT_THRESHOLDS, now: () => city.clock.ms }).run()
    expect(await found()).toEqual([])
  })

  it('finds reads that do not fit the case', async () => {
    const digest = city.digests.of(PERSON)
    const report = (
      caseNo: string,
      changes: { member?: string; item?: string; closedAt?: Date; subjects?: string[] } = {},
    ) =>
      city.database.sql(
        `insert into cases (member, case_key, system, case_no, item, opened_at, closed_at, subject_digests)
         values ($1, 'case:' || $2, 'rc-platform', $2, $3, $4, $5, $6)`,
        [
          changes.member ?? 'rc-jyj',
          caseNo,
          changes.item ?? 'rongcheng-p-008',
          new Date(MORNING - HOUR),
          changes.closedAt ?? null,
          changes.subjects ?? [digest],
        ],
      )
    await report('fits')
    await report('closed', { closedAt: new Date(MORNING - 1) })
    await report('item', { item: 'rongcheng-p-999' })
    await report('member', { member: 'rc-mzj' })
    await report('subject', { subjects: ['k1:somebody-else'] })
    await city.tell(...['fits', 'closed', 'item', 'member', 'subject', 'unknown'].map((name) => read(name, MORNING)))
    // Not reported yet, but there is still time; refused reads and departments that report nothing are left alone.
    await city.tell(
      read('fresh', MORNING + 20 * HOUR),
      read('refused', MORNING, { columns: { outcome: 'refused', code: 'access.denied' } }),
      read('silent', MORNING, { columns: { member: 'rc-slj' } }),
    )
    await findAnomaliesTask({ search: city.jobs, thresholds: DEFAULT_THRESHOLDS, now: () => city.clock.ms }).run()
    expect(await found()).toEqual([
      'case-closed rc-closed',
      'case-other-item rc-item',
      'case-other-member rc-member',
      'case-other-subject rc-subject',
      'case-unknown rc-early',
      'case-unknown rc-unknown',
    ])
  })
})
