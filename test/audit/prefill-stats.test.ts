import { mkdtempSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prefillCsv } from '../../gateway/audit/prefill-csv.ts'
import type { PrefillReport } from '../../gateway/audit/prefill-stats.ts'
import { reportText } from '../../gateway/cli/commands/stats-prefill.ts'
import { createTerminal } from '../../gateway/cli/terminal.ts'
import type { SourceChecks } from '../../gateway/ports/exchange-log.ts'
import { run } from '../cli/run.ts'
import { draft } from '../conformance/exchange-log.ts'
import { GATEWAY } from '../operators/management.ts'
import { type AuditCity, auditCity, type Told } from './audit-city.ts'

/** The last second of October in China, and the first of November; both are still October in UTC. */
const OCTOBER = Date.parse('2026-10-31T15:59:59Z')
const NOVEMBER = Date.parse('2026-10-31T16:00:00Z')

const COUNTS = {
  fields: 10,
  filled: 4,
  materials: 6,
  notNeeded: 3,
  abolished: 1,
  byCertificate: 1,
  bySharing: 1,
  certificates: 2,
}
const form = (totals: object | null, more: Told = {}): Told => ({
  atMs: NOVEMBER,
  ...more,
  entry: { v: 2, prefill: { form: 'f', id: 'p', relation: null, role: 'subject', totals } },
  columns: { mode: 'prefill', ...more.columns },
})
const complete = (changes: object = {}): object => ({
  ...COUNTS,
  recheck: 0,
  state: 'complete',
  basis: 'sample',
  department: 'rc-jyj',
  ...changes,
})
const checked = (changes: Partial<SourceChecks> = {}): SourceChecks => ({
  provider: 'rc-gaj',
  dataset: 'household-registration',
  answers: 1,
  broken: 0,
  rows: 2,
  rowsFailed: 1,
  values: 8,
  valuesFailed: 1,
  ...changes,
})

describe('/admin/v1/stats/prefill', () => {
  let city: AuditCity
  let server: Awaited<ReturnType<AuditCity['serve']>>
  let keyFile: string
  beforeAll(async () => {
    city = await auditCity({ nowMs: NOVEMBER + 86_400_000 })
    server = await city.serve()
    keyFile = join(mkdtempSync(join(inject('runDir'), 'rates-')), 'op-audit.jwk.json')
    await writeFile(keyFile, JSON.stringify(city.keys.audit))
    await city.tell(
      form(complete(), { atMs: OCTOBER }),
      form(complete()),
      form(complete({ basis: 'official', filled: 10, department: 'rc-gaj' }), {
        columns: { item: 'rongcheng-p-042-1', scenario: 'P11.2' },
      }),
      // Not counted: another bearer's exchange, a recheck, a skeleton, an entry of version 1, and one that is not JSON's.
      form(null),
      form(complete({ recheck: 1 })),
      form(complete({ state: 'skeleton', filled: 0 })),
      form({ fields: 10, filled: 10, materials: 1, notNeeded: 1, recheck: 0 }),
      form(complete({ fields: 'ten' })),
      // A caller that is no agent of the item's department; a refused exchange still left a form to fill by hand.
      form(complete({ department: null, filled: 0 }), { columns: { outcome: 'refused', code: 'access.denied' } }),
      // The same words in another mode are no form.
      { atMs: NOVEMBER, entry: { v: 2, prefill: { totals: complete() } }, columns: { mode: 'query' } },
    )
  })
  afterAll(async () => {
    server.close()
    await city.stop()
  })
  const ask = async (query: string) => (await city.json(`/admin/v1/stats/prefill?${query}`)).body

  it('counts a month of China, complete forms, by the department whose grants decided', async () => {
    const { rows, total, leftOut, countedBelow, uncounted } = await ask('from=202611&to=202611')
    expect(countedBelow).toBe('10')
    const rates = { certificateSubstitution: 1 / 2, noSubmission: 2 / 5 }
    expect(rows).toEqual([
      {
        key: '',
        name: '（未受托 no department）',
        forms: 1,
        sampleForms: 1,
        sample: true,
        ...COUNTS,
        filled: 0,
        fieldSharing: 0,
        ...rates,
      },
      {
        key: 'rc-gaj',
        name: '测试公安局',
        forms: 1,
        sampleForms: 0,
        sample: false,
        ...COUNTS,
        filled: 10,
        fieldSharing: 1,
        ...rates,
      },
      {
        key: 'rc-jyj',
        name: '测试教育局',
        forms: 1,
        sampleForms: 1,
        sample: true,
        ...COUNTS,
        fieldSharing: 0.4,
        ...rates,
      },
    ])
    expect(total).toMatchObject({ forms: 3, sampleForms: 2, sample: true, fields: 30, filled: 14 })
    expect(leftOut).toEqual({ skeleton: 1, unstated: 1 })
    expect(uncounted).toBe(0)
  })

  it('puts the second before midnight in China into October', async () => {
    expect(
      (await ask('by=month&from=202610&to=202611')).rows.map((row: { key: string; forms: number }) => [
        row.key,
        row.forms,
      ]),
    ).toEqual([
      ['202610', 1],
      ['202611', 3],
    ])
    expect((await ask('from=202610&to=202610')).total.forms).toBe(1)
  })

  it('is this month unless told, and by item and stage in their order', async () => {
    const stages = await ask('by=stage')
    expect([stages.from, stages.to]).toEqual(['202611', '202611'])
    expect(stages.rows.map((row: { key: string; name: string }) => [row.key, row.name])).toEqual([
      ['P2', '教育'],
      ['P11', '身后'],
    ])
    expect((await ask('by=item&member=rc-gaj')).rows).toMatchObject([{ key: 'rongcheng-p-042-1', name: '参保证明' }])
    expect((await ask('item=rongcheng-p-042-1')).total).toMatchObject({ forms: 1, sample: false })
  })

  it('answers an empty month with no rates', async () => {
    expect(await ask('from=202601&to=202601')).toMatchObject({
      rows: [],
      total: { forms: 0, sample: false, fieldSharing: null, certificateSubstitution: null, noSubmission: null },
      leftOut: { skeleton: 0, unstated: 0 },
      quality: [],
    })
  })

  it('counts checks with the record that is written, once', async () => {
    const told = draft({
      recordedAtMs: NOVEMBER,
      checks: [
        checked(),
        checked({ dataset: 'student-record', provider: 'rc-jyj', values: 0, valuesFailed: 0, broken: 1 }),
      ],
    })
    const late = draft({ recordedAtMs: OCTOBER, checks: [checked()] })
    const replay = {
      ...draft({ recordedAtMs: NOVEMBER, checks: [checked({ values: 999 })] }),
      requestId: told.requestId,
    }
    await city.log.append(told)
    await Promise.all([
      city.log.append(told),
      city.log.append(late),
      city.log.append(draft({ recordedAtMs: NOVEMBER })),
      city.log.append(replay),
    ])
    expect((await ask('')).quality).toEqual([
      { ...checked(), providerName: '测试公安局', datasetName: 'household-registration', passRate: 7 / 8 },
      {
        ...checked({ dataset: 'student-record', provider: 'rc-jyj', values: 0, valuesFailed: 0, broken: 1 }),
        providerName: '测试教育局',
        datasetName: 'student-record',
        passRate: null,
      },
    ])
    expect((await ask('from=202610&to=202611&member=rc-gaj')).quality).toMatchObject([
      { answers: 2, values: 16, valuesFailed: 2 },
    ])
    expect((await ask('item=rongcheng-p-008')).quality).toEqual([])
  })

  it('writes a file that spreadsheets open, in Chinese, with formulas made harmless', async () => {
    const response = await city.ask('/admin/v1/stats/prefill?by=item&format=csv')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="guanyi-prefill-item-202611-202611.csv"',
    )
    const bytes = Buffer.from(await response.arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const lines = bytes.subarray(3).toString('utf8').split('\r\n')
    expect(lines.slice(0, 4)).toEqual([
      '事项代码,事项,口径,完整表单预填次数,表单字段数,共享预填字段数,表单字段共享率,证照类材料数,电子证照替代数,电子证照替代率,应提交材料数,免提交材料数,其中数据共享免提交数,免提交率,已取消材料数（不计入）',
      "rongcheng-p-008,'=入学报名,样例 sample,2,20,4,20.00%,4,2,50.00%,10,4,2,40.00%,2",
      'rongcheng-p-042-1,参保证明,正式,1,10,10,100.00%,2,1,50.00%,5,2,1,40.00%,1',
      ',合计 total,部分样例 sample 2/3,3,30,14,46.67%,6,3,50.00%,15,6,3,40.00%,3',
    ])
    expect(lines).toContain('rc-gaj,测试公安局,household-registration,household-registration,1,0,2,1,8,1,87.50%')
    expect(lines.at(-1)).toBe('')
  })

  it('gives the same when counted again from the records', async () => {
    const rows = () => city.database.sql('select * from prefill_months order by 1, 2, 3, 4, 5, 6')
    await Promise.all([city.jobs.catchUp(), ask(''), city.jobs.catchUp()])
    const made = await rows()
    expect(made.length).toBe(6)
    await city.jobs.rebuild()
    expect(await rows()).toEqual(made)
  })

  it.each([
    'by=nonsense',
    'from=202611&to=202610',
    'from=202613',
    'to=000001',
    'from=200001',
    'member=rc-none',
    'item=none',
    'format=xml',
    'day=20261101',
  ])('refuses %s', async (query) => {
    expect(await city.json(`/admin/v1/stats/prefill?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'request.malformed' },
    })
  })

  it.each(['system', 'security'] as const)('refuses a %s administrator', async (who) => {
    expect(await city.json('/admin/v1/stats/prefill', { who })).toMatchObject({
      status: 403,
      body: { code: 'access.denied' },
    })
  })

  describe('guanyi stats prefill', () => {
    const guanyi = (...words: string[]) =>
      run(
        [
          'stats',
          'prefill',
          ...words,
          '--url',
          server.url,
          '--gateway-id',
          GATEWAY,
          '--operator-key',
          keyFile,
          '--operator',
          'op-audit',
        ],
        {
          now: () => city.clock.ms,
        },
      )

    it('prints rates with what they are made of, and what they leave out', async () => {
      const { code, out } = await guanyi('--by', 'item', '--from', '202611', '--to', '202611')
      expect(code).toBe(0)
      expect(out).toContain('预填三率 202611（仅完整表单）')
      expect(out).toMatch(/参保证明.*100\.00% \(10\/10\).*50\.00% \(1\/2\).*40\.00% \(2\/5\).*正式/)
      expect(out).toContain('不计入：骨架表单 1 次，未载明的旧留痕 1 次')
      expect(out).toMatch(/测试公安局.*1\/8.*87\.50%/)
    })

    it('answers programs, and writes the same CSV as the route', async () => {
      expect((await guanyi('--json')).json()).toMatchObject({ by: 'department', total: { forms: 3 } })
      const { out } = await guanyi('--by', 'item', '--csv')
      const route = await (await city.ask('/admin/v1/stats/prefill?by=item&format=csv')).arrayBuffer()
      expect(out.trimEnd()).toBe(Buffer.from(route).toString('utf8').trimEnd())
    })

    it('says what is not counted yet', async () => {
      const report: PrefillReport = { ...(await ask('')), uncounted: 12 }
      expect(reportText(report, createTerminal('zh', false))).toContain('尚有 12 条留痕未统计')
      expect([...prefillCsv(report)]).toContain('尚未统计的留痕,12\r\n')
      expect((await guanyi()).out).not.toContain('未统计')
    })

    it('says so when nothing was filled, and refuses what is no month', async () => {
      expect((await guanyi('--from', '202601', '--to', '202601')).out).toContain('没有预填过完整表单')
      expect((await guanyi('--from', 'october')).code).not.toBe(0)
      expect((await guanyi('--by', 'day')).code).toBe(2)
    })
  })
})
