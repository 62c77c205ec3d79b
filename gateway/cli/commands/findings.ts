import { FINDING_KINDS, FINDING_NAMES } from '../../audit/findings.ts'
import type { FindingKind } from '../../audit/thresholds.ts'
import type { Command } from '../command.ts'
import { chinaTime } from '../layout/china-time.ts'
import { printable } from '../layout/printable.ts'
import { columns, table } from '../layout/table.ts'
import { openPlane, PLANE_OPTIONS } from '../management/plane.ts'
import type { Terminal } from '../terminal.ts'

interface Finding {
  id: string
  kind: FindingKind
  day: string
  system: string | null
  member: string | null
  status: 'open' | 'closed'
  figures: Record<string, number>
  recordCount: number
  foundAt: string
  closed: { at: string; by: string; reason: string } | null
}
type WholeFinding = Finding & { records: { index: string; exchangeId: string | null }[] }

export const findingsList: Command = {
  name: 'findings list',
  zh: '列出发现：夜间批量、连号、频繁查询、与办件不符等',
  en: 'list findings: reads at night, in sequence, too often, or not fitting their case',
  options: {
    kind: { value: '种类 kind', choices: FINDING_KINDS, zh: '只列这一种', en: 'of this kind only' },
    status: { value: 'open|closed', choices: ['open', 'closed'], zh: '待处理或已办结', en: 'open or closed' },
    system: { value: '系统 system', zh: '只列这一系统', en: 'of this system only' },
    limit: { value: '条数 n', zh: '每页条数，至多 200', en: 'rows of a page, at most 200' },
    cursor: { value: '标记', zh: '下一页标记', en: 'next page' },
    ...PLANE_OPTIONS,
  },
  examples: ['guanyi findings list --operator-key op-audit.jwk.json --status open'],
  async run(input, context) {
    const given = ['kind', 'status', 'system', 'limit', 'cursor'].flatMap((name): [string, string][] => {
      const value = input.text(name)
      return value === undefined ? [] : [[name, value]]
    })
    const plane = await openPlane(input, context)
    const page = await plane.get<{ findings: Finding[]; next: string | null }>(
      `/admin/v1/findings?${new URLSearchParams(given)}`,
    )
    return { json: page, text: (terminal) => listText(page.findings, page.next, terminal) }
  },
}

export const findingsShow: Command = {
  name: 'findings show',
  zh: '显示一项发现及其依据的留痕',
  en: 'show a finding and the records behind it',
  positionals: ['<编号 id>'],
  options: PLANE_OPTIONS,
  async run(input, context) {
    const plane = await openPlane(input, context)
    const found = await plane.get<WholeFinding>(`/admin/v1/findings/${encodeURIComponent(input.positionals[0]!)}`)
    return { json: found, text: (terminal) => wholeText(found, terminal) }
  },
}

export const findingsClose: Command = {
  name: 'findings close',
  zh: '办结一项发现，写明处理意见（留痕）',
  en: 'close a finding with a reason; recorded',
  positionals: ['<编号 id>'],
  options: {
    reason: {
      value: '意见 text',
      required: true,
      zh: '处理意见，不得含证件号码',
      en: 'the reason; no identity numbers',
    },
    ...PLANE_OPTIONS,
  },
  examples: ["guanyi findings close 12 --reason '已核实，系窗口补录' --operator-key op-audit.jwk.json"],
  async run(input, context) {
    const plane = await openPlane(input, context)
    const id = input.positionals[0]!
    const closed = await plane.post(`/admin/v1/findings/${encodeURIComponent(id)}/close`, {
      reason: input.text('reason'),
    })
    return {
      json: closed,
      text: ({ say, green }) => `${green('✓')} ${say({ zh: `发现 ${id} 已办结`, en: `finding ${id} closed` })}`,
    }
  },
}

function listText(findings: readonly Finding[], next: string | null, terminal: Terminal): string {
  const { say, dim } = terminal
  if (findings.length === 0) return say({ zh: '没有符合条件的发现', en: 'no such findings' })
  const heads = [
    { zh: '编号', en: 'id' },
    { zh: '日期', en: 'day' },
    { zh: '发现', en: 'finding' },
    { zh: '系统', en: 'system' },
    { zh: '部门', en: 'member' },
    { zh: '留痕数', en: 'records' },
    { zh: '状态', en: 'status' },
  ].map(say)
  const rows = findings.map((each) => [
    each.id,
    each.day,
    say(FINDING_NAMES[each.kind]),
    each.system ?? '—',
    each.member ?? '—',
    String(each.recordCount),
    statusText(each, terminal),
  ])
  const more = next === null ? [] : [dim(say({ zh: `下一页：--cursor ${next}`, en: `next page: --cursor ${next}` }))]
  return [table(heads, rows, terminal), ...more].join('\n')
}

function wholeText(found: WholeFinding, terminal: Terminal): string {
  const { say, bold, dim } = terminal
  const facts = [
    [say({ zh: '系统', en: 'system' }), found.system ?? '—'],
    [say({ zh: '部门', en: 'member' }), found.member ?? '—'],
    [say({ zh: '日期', en: 'day' }), found.day],
    [say({ zh: '发现时间', en: 'found at' }), chinaTime(Date.parse(found.foundAt))],
    [
      say({ zh: '数据', en: 'figures' }),
      Object.entries(found.figures)
        .map(([name, value]) => `${name} ${value}`)
        .join('，'),
    ],
    [say({ zh: '状态', en: 'status' }), statusText(found, terminal)],
    ...(found.closed === null
      ? []
      : [[say({ zh: '处理意见', en: 'reason' }), `${printable(found.closed.reason)} (${found.closed.by})`]]),
  ]
  const lines = found.records.map(({ index, exchangeId }) => [
    `  ${index}`,
    exchangeId ?? dim(say({ zh: '已到期清除', en: 'no longer kept' })),
  ])
  const rest = found.recordCount - found.records.length
  return [
    bold(`${found.id}  ${say(FINDING_NAMES[found.kind])}`),
    ...columns(facts),
    say({ zh: `依据的留痕 ${found.recordCount} 条：`, en: `records behind it: ${found.recordCount}` }),
    ...columns(lines),
    ...(rest > 0 ? [dim(say({ zh: `  其余 ${rest} 条略`, en: `  and ${rest} more` }))] : []),
  ].join('\n')
}

const statusText = ({ status }: Finding, { say, yellow, dim }: Terminal): string =>
  status === 'open' ? yellow(say({ zh: '待处理', en: 'open' })) : dim(say({ zh: '已办结', en: 'closed' }))
