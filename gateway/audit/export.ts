import type { DigestedCriteria } from './criteria.ts'
import { BOM, csvLine, type Watermark, watermarkText } from './csv.ts'
import type { RecordLine, RecordSearch } from './records.ts'

const PAGE = 500
const HEADS = [
  '记录号 index',
  '交换编号 exchangeId',
  '时间 recordedAt',
  '方式 mode',
  '结果 outcome',
  '代码 code',
  '部门 member',
  '系统 system',
  '代办部门 onBehalfOf',
  '应用场景 scenario',
  '事项 item',
  '办件 case',
  '申报 application',
  '目的 purpose',
  '数据资源 datasets',
  '信息项 fields',
  '授权 grants',
  '水印 watermark',
] as const

export interface ExportPlan {
  criteria: DigestedCriteria
  limit: number
  /** Lines below this index: what was there when the export was recorded, its own record excluded. */
  before: bigint
  watermark: Watermark
  gatewayId: string
}

/** The file, piece by piece: comment lines that say what it is and who took it, then one line per record. */
export async function* exportRecords(search: RecordSearch, plan: ExportPlan): AsyncGenerator<string> {
  const mark = watermarkText(plan.watermark)
  yield `${BOM}# 关驿留痕导出 / Guanyi records export, ${plan.gatewayId}\r\n# 水印 watermark: ${mark}\r\n# 至多 at most ${plan.limit} 条 records，新者在前 newest first；仅限审计使用 for audit only\r\n`
  yield csvLine(HEADS)
  let before = plan.before
  for (let left = plan.limit; left > 0; ) {
    const lines = await search.page(plan.criteria, before, Math.min(left, PAGE))
    yield lines.map((line) => csvLine(cellsOf(line, mark))).join('')
    left -= lines.length
    if (lines.length < PAGE || left === 0) break
    before = lines.at(-1)!.index
  }
  // A file without this line was cut off on its way.
  yield `# 完 end\r\n`
}

const cellsOf = (line: RecordLine, mark: string): (string | null)[] => [
  String(line.index),
  line.exchangeId,
  new Date(line.recordedAtMs).toISOString(),
  line.mode,
  line.outcome,
  line.code,
  line.member,
  line.system,
  line.onBehalfOf,
  line.scenario,
  line.item,
  line.caseNo,
  line.application,
  line.purpose,
  line.datasets.join(' '),
  line.fields.join(' '),
  line.grants.join(' '),
  mark,
]
