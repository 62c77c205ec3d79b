import { type Context, Hono } from 'hono'
import { unusable } from '../audit/criteria.ts'
import { BOM, csvLine } from '../audit/csv.ts'
import { prefillCsv } from '../audit/prefill-csv.ts'
import { PREFILL_DIMENSIONS, type PrefillQuestion, type PrefillStats, prefillReport } from '../audit/prefill-stats.ts'
import { type ExchangeStats, type MonthlyReport, STAT_DIMENSIONS, type StatDimension } from '../audit/stats.ts'
import type { Catalog } from '../catalog/types.ts'
import type { OperatorGate } from '../operators/types.ts'
import { chinaDay } from '../requests/subjects.ts'
import { readParameters } from './catalog-parameters.ts'
import type { Bindings } from './exchanges.ts'

export interface AdminStatsDeps {
  gate: OperatorGate
  stats: ExchangeStats
  prefills: Pick<PrefillStats, 'read'>
  catalog: () => Catalog
  now: () => number
}

/** Longest span of the rates, in months. */
const MOST_MONTHS = 120
/** Longest span of a chart, in days. */
const MOST_DAYS = 1_100

/** `/admin/v1/stats/exchanges` for charts, `…/monthly` per department and `…/prefill` for rates, as JSON or CSV. */
export function adminStatsRoutes({ gate, stats, prefills, catalog, now }: AdminStatsDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()

  app.get('/admin/v1/stats/exchanges', async (c) => {
    await gate.require(c, 'audit-administrator')
    const { by = 'day', from, to, format } = readParameters(c, ['by', 'from', 'to', 'format'])
    if (!STAT_DIMENSIONS.includes(by as StatDimension))
      throw unusable(
        '/by',
        `by 应为 ${STAT_DIMENSIONS.join('、')} 之一`,
        `\`by\` is one of ${STAT_DIMENSIONS.join(', ')}`,
      )
    const toDay = dayOf('to', to ?? chinaDay(now()))
    const fromDay = dayOf('from', from ?? chinaDay(now() - 29 * 86_400_000))
    if (fromDay > toDay || daysBetween(fromDay, toDay) > MOST_DAYS)
      throw unusable('/from', `统计区间应为 1 至 ${MOST_DAYS} 天`, `a chart spans 1 to ${MOST_DAYS} days`)
    const { rows, countedBelow } = await stats.exchanges(by as StatDimension, fromDay, toDay)
    if (!wantsCsv(c, format)) return c.json({ by, from: fromDay, to: toDay, countedBelow, rows })
    const lines = rows.map((row) => csvLine([row.key, row.records, row.released, row.refused, row.failed]))
    return csv(c, `guanyi-${by}-${fromDay}-${toDay}`, [
      csvLine([by, '合计 records', '放行 released', '拒绝 refused', '失败 failed']),
      ...lines,
    ])
  })

  app.get('/admin/v1/stats/monthly', async (c) => {
    await gate.require(c, 'audit-administrator')
    const { month, member, format } = readParameters(c, ['month', 'member', 'format'])
    const wanted = monthOf('month', month ?? '')
    const entry = catalog().members.get(member ?? '')
    if (entry === undefined) throw unusable('/member', '没有这个部门', 'there is no such member')
    const provided = [...catalog().datasets.values()]
      .filter(({ provider }) => provider === entry.id)
      .map(({ id }) => id)
    const report = { name: entry.name, ...(await stats.monthly(wanted, entry.id, provided)) }
    if (!wantsCsv(c, format)) return c.json(report)
    return csv(c, `guanyi-${entry.id}-${wanted}`, monthlyLines(report))
  })

  app.get('/admin/v1/stats/prefill', async (c) => {
    await gate.require(c, 'audit-administrator')
    const { format, ...given } = readParameters(c, ['by', 'from', 'to', 'member', 'item', 'format'])
    const question = prefillQuestion(given, catalog(), now())
    const report = prefillReport(question, await prefills.read(question), catalog())
    if (!wantsCsv(c, format)) return c.json(report)
    return csv(c, `guanyi-prefill-${report.by}-${report.from}-${report.to}`, prefillCsv(report))
  })
  return app
}

/** The current month unless told; departments and items are the catalogue's. */
function prefillQuestion(
  { by = 'department', from, to, member, item }: Partial<Record<'by' | 'from' | 'to' | 'member' | 'item', string>>,
  catalog: Catalog,
  nowMs: number,
): PrefillQuestion {
  const dimension = PREFILL_DIMENSIONS.find((each) => each === by)
  if (dimension === undefined)
    throw unusable(
      '/by',
      `by 应为 ${PREFILL_DIMENSIONS.join('、')} 之一`,
      `\`by\` is one of ${PREFILL_DIMENSIONS.join(', ')}`,
    )
  const toMonth = monthOf('to', to ?? chinaDay(nowMs).slice(0, 6))
  const fromMonth = monthOf('from', from ?? toMonth)
  if (fromMonth > toMonth || monthsBetween(fromMonth, toMonth) > MOST_MONTHS)
    throw unusable('/from', `统计区间应为 1 至 ${MOST_MONTHS} 个月`, `rates span 1 to ${MOST_MONTHS} months`)
  if (member !== undefined && !catalog.members.has(member))
    throw unusable('/member', '没有这个部门', 'there is no such member')
  if (item !== undefined && !catalog.items.has(item)) throw unusable('/item', '没有这个事项', 'there is no such item')
  return {
    by: dimension,
    fromMonth,
    toMonth,
    ...(member !== undefined && { member }),
    ...(item !== undefined && { item }),
  }
}

function* monthlyLines({
  name,
  month,
  member,
  consumer,
  provider,
}: MonthlyReport & { name: string }): Generator<string> {
  yield csvLine(['月报 monthly report', name, member, month])
  yield csvLine([
    '作为需求部门 as consumer',
    '请求 asked',
    '放行 released',
    '拒绝 refused',
    '失败 failed',
    '不同主体约 subjects ≈',
  ])
  yield csvLine(['', consumer.asked, consumer.released, consumer.refused, consumer.failed, consumer.subjects])
  for (const [title, counts] of [
    ['按代码 by code', consumer.byCode],
    ['使用的数据资源 datasets used', consumer.datasets],
    ['应用场景 scenarios', consumer.scenarios],
  ] as const) {
    yield csvLine([title, '数量 records'])
    for (const [key, count] of Object.entries(counts)) yield csvLine([key, count])
  }
  yield csvLine([
    '作为提供部门 as provider',
    '请求 asked',
    '放行 released',
    '数源不可用率 unavailable',
    '不同主体约 subjects ≈',
  ])
  for (const row of provider) {
    const rate = row.unavailableRate === null ? null : `${(row.unavailableRate * 100).toFixed(2)}%`
    yield csvLine([row.dataset, row.asked, row.released, rate, row.subjects])
  }
}

const wantsCsv = (c: Context, format: string | undefined): boolean => {
  if (format !== undefined && format !== 'csv' && format !== 'json')
    throw unusable('/format', 'format 应为 json 或 csv', '`format` is json or csv')
  return format === 'csv' || (format === undefined && (c.req.header('accept') ?? '').startsWith('text/csv'))
}

const csv = (c: Context, name: string, lines: Iterable<string>): Response =>
  c.body(`${BOM}${[...lines].join('')}`, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}.csv"`,
    'cache-control': 'no-store',
  })

function monthOf(name: string, text: string): string {
  if (!/^[1-9]\d{3}(0[1-9]|1[0-2])$/.test(text))
    throw unusable(`/${name}`, `${name} 应为 YYYYMM`, `\`${name}\` is YYYYMM`)
  return text
}

const monthsBetween = (from: string, to: string): number =>
  (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(4)) - Number(from.slice(4)) + 1

function dayOf(name: string, text: string): string {
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  const ms = day === null ? Number.NaN : Date.parse(`${day[1]}-${day[2]}-${day[3]}T00:00:00Z`)
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day![3]))
    throw unusable(`/${name}`, `${name} 应为有效日期 YYYYMMDD`, `\`${name}\` is a day YYYYMMDD`)
  return text
}

const daysBetween = (from: string, to: string): number => (utc(to) - utc(from)) / 86_400_000 + 1
const utc = (day: string): number =>
  Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)))
