import { csvLine } from './csv.ts'
import type { PrefillDimension, PrefillLine, PrefillReport } from './prefill-stats.ts'

const FIRST: Record<PrefillDimension, [code: string, name: string]> = {
  department: ['部门代码', '部门'],
  item: ['事项代码', '事项'],
  month: ['月份', '月'],
  stage: ['阶段代码', '阶段'],
}

/** The report as lines of CSV: the rates, what they leave out, then the quality per source. Counts stand beside every rate. */
export function* prefillCsv(report: PrefillReport): Generator<string> {
  yield csvLine([
    ...FIRST[report.by],
    '口径',
    '完整表单预填次数',
    '表单字段数',
    '共享预填字段数',
    '表单字段共享率',
    '证照类材料数',
    '电子证照替代数',
    '电子证照替代率',
    '应提交材料数',
    '免提交材料数',
    '其中数据共享免提交数',
    '免提交率',
    '已取消材料数（不计入）',
  ])
  for (const line of [...report.rows, report.total]) yield csvLine(cellsOf(line))
  yield csvLine(['骨架表单预填次数（不计入）', report.leftOut.skeleton])
  yield csvLine(['未载明完整与否的旧留痕（不计入）', report.leftOut.unstated])
  if (report.uncounted > 0) yield csvLine(['尚未统计的留痕', report.uncounted])
  yield csvLine([
    '提供部门代码',
    '提供部门',
    '数据资源代码',
    '数据资源',
    '应答数',
    '不合约定应答数',
    '质检行数',
    '不合格行数',
    '质检数据项值数',
    '不合格值数',
    '数据质检合格率',
  ])
  for (const each of report.quality) {
    yield csvLine([
      each.provider,
      each.providerName,
      each.dataset,
      each.datasetName,
      each.answers,
      each.broken,
      each.rows,
      each.rowsFailed,
      each.values,
      each.valuesFailed,
      percent(each.passRate),
    ])
  }
}

const cellsOf = (line: PrefillLine): (string | number | null)[] => [
  line.key,
  line.name,
  basisText(line),
  line.forms,
  line.fields,
  line.filled,
  percent(line.fieldSharing),
  line.certificates,
  line.byCertificate,
  percent(line.certificateSubstitution),
  line.materials - line.abolished,
  line.notNeeded - line.abolished,
  line.bySharing,
  percent(line.noSubmission),
  line.abolished,
]

/** Whether a line speaks of the authority's own forms. */
export function basisText({ forms, sampleForms }: Pick<PrefillLine, 'forms' | 'sampleForms'>): string {
  if (sampleForms === 0) return forms === 0 ? '' : '正式'
  return sampleForms === forms ? '样例 sample' : `部分样例 sample ${sampleForms}/${forms}`
}

/** `66.67%`, or `null` where there is no rate. Never rounded up to what was not reached. */
export function percent(rate: number | null): string | null {
  if (rate === null) return null
  const shown = Math.min(Math.round(rate * 10_000), rate < 1 ? 9_999 : 10_000)
  return `${(shown / 100).toFixed(2)}%`
}
