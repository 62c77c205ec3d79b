import { BOM } from '../../audit/csv.ts'
import { basisText, percent, prefillCsv } from '../../audit/prefill-csv.ts'
import { PREFILL_DIMENSIONS, type PrefillLine, type PrefillReport } from '../../audit/prefill-stats.ts'
import type { Command } from '../command.ts'
import { printable } from '../layout/printable.ts'
import { table } from '../layout/table.ts'
import { openPlane, PLANE_OPTIONS } from '../management/plane.ts'
import type { Terminal } from '../terminal.ts'

const FILTERS = ['by', 'from', 'to', 'member', 'item'] as const

export const statsPrefill: Command = {
  name: 'stats prefill',
  zh: '预填三率（字段共享、证照替代、免提交）与各数源数据质检合格率，均由留痕统计',
  en: 'rates of prefilled forms and of sources’ quality, counted from the records',
  options: {
    by: {
      value: PREFILL_DIMENSIONS.join('|'),
      choices: PREFILL_DIMENSIONS,
      zh: '按部门、事项、月份或阶段，默认按部门',
      en: 'one line per; default department',
    },
    from: { value: 'YYYYMM', zh: '起始月份，默认与截止月份相同', en: 'first month, default the last' },
    to: { value: 'YYYYMM', zh: '截止月份，默认本月', en: 'last month, default this one' },
    member: { value: '部门 member', zh: '只看这一部门', en: 'of this department only' },
    item: { value: '事项 item', zh: '只看这一事项（不含数源质检）', en: 'of this item only; no quality then' },
    csv: { zh: '输出 CSV（UTF-8，带 BOM）', en: 'as CSV (UTF-8 with BOM)' },
    ...PLANE_OPTIONS,
  },
  notes: [
    {
      zh: '只统计完整表单；复核不重复计数；数源不可用、协查未答、情形未定的字段和材料计入分母，不计入分子；已取消的材料不计入。',
      en: 'Over complete forms only. A recheck is not counted again; what is unavailable, pending or open stands below the line only; abolished materials on neither side.',
    },
  ],
  examples: ['guanyi stats prefill --by item --from 202610 --to 202611 --operator-key op-audit.jwk.json'],
  async run(input, context) {
    const given = FILTERS.flatMap((name): [string, string][] => {
      const value = input.text(name)
      return value === undefined ? [] : [[name, value]]
    })
    const plane = await openPlane(input, context)
    const report = await plane.get<PrefillReport>(`/admin/v1/stats/prefill?${new URLSearchParams(given)}`)
    if (input.flag('csv')) return { json: report, text: () => `${BOM}${[...prefillCsv(report)].join('')}`.trimEnd() }
    return { json: report, text: (terminal) => reportText(report, terminal) }
  },
}

/** The report as tables; also what the demonstration prints. */
export function reportText(report: PrefillReport, terminal: Terminal): string {
  const { say, bold, dim, yellow } = terminal
  const { from, to, rows, total, leftOut, quality, uncounted } = report
  const span = from === to ? from : `${from}–${to}`
  const title = bold(say({ zh: `预填三率 ${span}（仅完整表单）`, en: `prefill rates ${span}, complete forms only` }))
  if (rows.length === 0)
    return [title, say({ zh: '没有预填过完整表单', en: 'no complete form was filled' }), ...rest()].join('\n')
  const heads = [
    { zh: '代码', en: 'key' },
    { zh: '名称', en: 'name' },
    { zh: '次数', en: 'forms' },
    { zh: '表单字段共享率', en: 'fields shared' },
    { zh: '电子证照替代率', en: 'by e-licence' },
    { zh: '免提交率', en: 'not submitted' },
    { zh: '口径', en: 'basis' },
  ].map(say)
  return [title, table(heads, [...rows, total].map(cells), terminal), ...rest()].join('\n')

  function rest(): string[] {
    const left = dim(
      say({
        zh: `不计入：骨架表单 ${leftOut.skeleton} 次，未载明的旧留痕 ${leftOut.unstated} 次`,
        en: `left out: ${leftOut.skeleton} skeletons, ${leftOut.unstated} of older records`,
      }),
    )
    const behind = say({
      zh: `尚有 ${uncounted} 条留痕未统计，由 guanyi work 补计后再看`,
      en: `${uncounted} records are not counted yet; \`guanyi work\` does, look again`,
    })
    const lines = uncounted > 0 ? [left, yellow(behind)] : [left]
    if (quality.length === 0) return lines
    const heads = [
      { zh: '提供部门', en: 'provider' },
      { zh: '数据资源', en: 'dataset' },
      { zh: '应答', en: 'answers' },
      { zh: '不合约定', en: 'broken' },
      { zh: '不合格/质检值', en: 'failed/values' },
      { zh: '数据质检合格率', en: 'pass rate' },
    ].map(say)
    const cellsOfSources = quality.map((each) => [
      printable(each.providerName),
      printable(each.datasetName),
      String(each.answers),
      String(each.broken),
      `${each.valuesFailed}/${each.values}`,
      percent(each.passRate) ?? '—',
    ])
    return [
      ...lines,
      '',
      bold(say({ zh: '数据质检合格率', en: 'quality of sources' })),
      table(heads, cellsOfSources, terminal),
    ]
  }
}

function cells(line: PrefillLine): string[] {
  return [
    line.key,
    printable(line.name),
    String(line.forms),
    share(line.fieldSharing, line.filled, line.fields),
    share(line.certificateSubstitution, line.byCertificate, line.certificates),
    share(line.noSubmission, line.notNeeded - line.abolished, line.materials - line.abolished),
    basisText(line),
  ]
}

const share = (rate: number | null, part: number, whole: number): string =>
  rate === null ? '—' : `${percent(rate)} (${part}/${whole})`
