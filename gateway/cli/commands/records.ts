import { PLAIN_CRITERIA } from '../../audit/criteria.ts'
import type { Command, Input, OptionSpec } from '../command.ts'
import { usageError } from '../exit.ts'
import { readArgument } from '../files.ts'
import { chinaTime } from '../layout/china-time.ts'
import { printable } from '../layout/printable.ts'
import { table } from '../layout/table.ts'
import { openPlane, PLANE_OPTIONS } from '../management/plane.ts'
import type { CliIo, Terminal } from '../terminal.ts'

const WORDS: Record<(typeof PLAIN_CRITERIA)[number], [zh: string, en: string]> = {
  member: ['部门', 'member'],
  system: ['系统', 'system'],
  onBehalfOf: ['代办部门', 'member acted for'],
  scenario: ['应用场景', 'scenario'],
  item: ['事项', 'item'],
  case: ['办件号', 'case'],
  application: ['申报流水号', 'application'],
  dataset: ['数据资源', 'dataset'],
  field: ['信息项 dataset.field', 'field'],
  outcome: ['结果 released|refused|failed', 'outcome'],
  code: ['拒绝或失败代码', 'code'],
  mode: ['方式 query|verify|…|admin', 'mode'],
  grant: ['授权', 'grant'],
}
const optionOf = (criterion: string): string => criterion.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const CRITERIA_OPTIONS: Record<string, OptionSpec> = Object.fromEntries(
  Object.entries(WORDS).map(([name, [zh, en]]) => [optionOf(name), { value: 'x', zh, en }]),
)

export const records: Command = {
  name: 'records',
  zh: '查询留痕：谁、何时、为何、查了什么',
  en: 'search the log: who asked what, when and why',
  options: {
    subject: {
      value: '-',
      choices: ['-'],
      zh: '按主体查：从标准输入读 {type, idType, id}',
      en: 'by subject, JSON from stdin',
    },
    'subject-file': { value: '文件 file', zh: '按主体查：JSON 文件', en: 'by subject, from a JSON file' },
    'operator-system': { value: '系统 system', zh: '按经办人查：其所在系统', en: 'by operator: their system' },
    'operator-id': { value: '编号 id', zh: '按经办人查：其编号', en: 'by operator: their id there' },
    ...CRITERIA_OPTIONS,
    from: { value: '时间', zh: '起（YYYYMMDD 或 RFC 3339）', en: 'from' },
    to: { value: '时间', zh: '止（含当日）', en: 'to, the day included' },
    limit: { value: '条数 n', zh: '每页条数，至多 200', en: 'rows of a page, at most 200' },
    cursor: { value: '标记', zh: '下一页标记（条件须相同）', en: 'next page, same criteria' },
    count: { zh: '同时给出约数', en: 'also how many, approximately' },
    ...PLANE_OPTIONS,
  },
  notes: [
    {
      zh: '证件号码不作为命令参数：参数会出现在进程列表和历史记录里。按主体或经办人的查询本身也会留痕。',
      en: 'Identity numbers are no arguments: those show in process lists and histories. Searches by subject or operator are themselves recorded.',
    },
  ],
  examples: [
    'guanyi records --operator-key op-audit.jwk.json --scenario P2.1 --outcome refused --from 20261101',
    'guanyi records --operator-key op-audit.jwk.json --subject - < subject.json',
  ],
  async run(input, context) {
    const criteria = { ...(await criteriaOf(input, context.io)), ...pageOf(input) }
    const plane = await openPlane(input, context)
    // Always in a body: nothing of a question stands in an access log.
    const answer = await plane.post<Page>('/admin/v1/records/search', criteria)
    return { json: answer, text: (terminal) => pageText(answer, terminal) }
  },
}

export const recordsShow: Command = {
  name: 'records show',
  zh: '显示一条留痕的全部内容（不含数据值）',
  en: 'show one record whole; values are not in it',
  positionals: ['<交换编号或记录号 id>'],
  options: PLANE_OPTIONS,
  async run(input, context) {
    const plane = await openPlane(input, context)
    const record = await plane.get(`/admin/v1/records/${encodeURIComponent(input.positionals[0]!)}`)
    return { json: record, text: () => JSON.stringify(record, null, 2) }
  },
}

interface Line {
  index: string
  recordedAt: string
  exchangeId: string
  mode: string
  outcome: string
  code: string | null
  system: string
  onBehalfOf: string | null
  scenario: string | null
  caseNo: string | null
  application: string | null
  datasets: string[]
}
interface Page {
  records: Line[]
  next: string | null
  approximateCount?: number
  exact?: boolean
}

async function criteriaOf(input: Input, io: CliIo): Promise<Record<string, unknown>> {
  const criteria: Record<string, unknown> = {}
  for (const name of [...PLAIN_CRITERIA, 'from', 'to']) {
    const value = input.text(optionOf(name))
    if (value !== undefined) criteria[name] = value
  }
  const [system, id] = [input.text('operator-system'), input.text('operator-id')]
  if ((system === undefined) !== (id === undefined))
    throw usageError(
      '--operator-system 与 --operator-id 须同时给出',
      'give --operator-system and --operator-id together',
    )
  if (system !== undefined) criteria.operator = { system, id }
  const source = input.text('subject') ?? input.text('subject-file')
  if (source !== undefined) criteria.subject = subjectOf(await readArgument(source, io))
  return criteria
}

function subjectOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    throw usageError('主体应为 JSON：{"type":…,"idType":…,"id":…}', 'the subject is JSON: {"type":…,"idType":…,"id":…}')
  }
}

function pageOf(input: Input): Record<string, unknown> {
  const [limit, cursor] = [input.text('limit'), input.text('cursor')]
  if (limit !== undefined && !/^[1-9]\d{0,2}$/.test(limit))
    throw usageError('--limit 应为整数', '--limit is an integer')
  return {
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(cursor !== undefined && { cursor }),
    ...(input.flag('count') && { count: 'approximate' }),
  }
}

const OUTCOMES: Record<string, { zh: string; en: string }> = {
  released: { zh: '放行', en: 'released' },
  refused: { zh: '拒绝', en: 'refused' },
  failed: { zh: '失败', en: 'failed' },
}

function pageText({ records: lines, next, approximateCount, exact }: Page, terminal: Terminal): string {
  const { say, dim } = terminal
  if (lines.length === 0) return say({ zh: '没有符合条件的留痕', en: 'no such records' })
  const heads = [
    { zh: '记录号', en: 'index' },
    { zh: '时间', en: 'time' },
    { zh: '结果', en: 'outcome' },
    { zh: '系统', en: 'system' },
    { zh: '场景', en: 'scenario' },
    { zh: '办件', en: 'case' },
    { zh: '数据资源', en: 'datasets' },
    { zh: '交换编号', en: 'exchange' },
  ].map(say)
  const rows = lines.map((line) => {
    const outcome = OUTCOMES[line.outcome]
    const word = `${outcome === undefined ? line.outcome : say(outcome)}${line.code === null ? '' : ` ${line.code}`}`
    return [
      line.index,
      chinaTime(Date.parse(line.recordedAt)),
      line.outcome === 'released' ? terminal.green(word) : terminal.red(word),
      line.onBehalfOf === null ? line.system : `${line.system} (${line.onBehalfOf})`,
      line.scenario ?? '—',
      printable(line.caseNo ?? line.application ?? '—'),
      line.datasets.join(' ') || '—',
      line.exchangeId,
    ]
  })
  const about = exact ? '' : say({ zh: '约 ', en: 'about ' })
  return [
    table(heads, rows, terminal),
    ...(approximateCount === undefined
      ? []
      : [dim(say({ zh: `共${about}${approximateCount} 条`, en: `${about}${approximateCount} record(s)` }))]),
    ...(next === null ? [] : [dim(say({ zh: `下一页：--cursor ${next}`, en: `next page: --cursor ${next}` }))]),
  ].join('\n')
}
