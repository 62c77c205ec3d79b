import type { Hop } from '../../evidence/chain.ts'
import type { EvidenceFault } from '../../evidence/verify.ts'
import { isObject } from '../json.ts'
import { chinaTime } from '../layout/china-time.ts'
import { printable, printableJson } from '../layout/printable.ts'
import { columns, indent } from '../layout/table.ts'
import type { Terminal } from '../terminal.ts'
import { FAULTS } from './faults.ts'
import { hopsText } from './hops-text.ts'

export interface EvidenceReport {
  ok: true
  header: Record<string, unknown>
  claims: Record<string, unknown>
  disclosed: { field: string; value: unknown }[]
  hidden: number
  hops: Hop[]
}

const CLAIM_NAMES: Record<string, string> = {
  iss: '签发网关',
  aud: '接收系统',
  iat: '签发时间',
  jti: '交换编号',
  mode: '方式',
  scenario: '应用场景',
  item: '事项',
  case: '办件编号',
  application: '申报流水号',
  purpose: '用途',
  onBehalfOf: '代表部门',
  subject: '主体',
  parties: '相关方',
  grants: '授权',
  requestHash: '请求摘要',
  catalogVersion: '目录版本',
  policyVersion: '策略版本',
}

export function evidenceText(report: EvidenceReport, hopsJudged: boolean, terminal: Terminal): string {
  const { say, green, bold, dim } = terminal
  const { header, claims, disclosed, hidden, hops } = printableJson(report)
  const rows = Object.entries(claims).flatMap(([name, value]) =>
    name === 'data' || name === 'results' || name === 'sources'
      ? []
      : [
          [
            say({ zh: CLAIM_NAMES[name] ?? name, en: name }),
            claimText(name, value),
            ...(terminal.lang === 'zh' ? [dim(name)] : []),
          ],
        ],
  )
  const shown = disclosed.map(({ field, value }) => [
    field,
    value === null ? '—' : typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return [
    green(
      bold(
        say({ zh: '✓ 通过 PASS：签名有效，内容未被改动', en: '✓ PASS: the signature is good and nothing was altered' }),
      ),
    ),
    `${bold(say({ zh: '签名头', en: 'Header' }))}\n${indent(columns(Object.entries(header).map(([name, value]) => [name, String(value)])).join('\n'))}`,
    `${bold(say({ zh: '声明', en: 'Claims' }))}\n${indent(columns(rows).join('\n'))}`,
    `${bold(say({ zh: `已披露 ${disclosed.length} 项，未披露 ${hidden} 项`, en: `Disclosed ${disclosed.length}, kept hidden ${hidden}` }))}\n${indent(columns(shown).join('\n'))}`,
    ...(hops.length === 0 ? [] : [hopsText(hops, hopsJudged, terminal)]),
  ].join('\n\n')
}

export function evidenceFailureText(fault: EvidenceFault, terminal: Terminal): string {
  const { say, red, bold } = terminal
  return red(bold(say({ zh: `✗ 未通过 FAIL：${FAULTS[fault].zh}`, en: `✗ FAIL: ${FAULTS[fault].en}` })))
}

const claimText = (name: string, value: unknown): string => {
  if (name === 'subject') return subjectText(value)
  if (name === 'parties' && isObject(value))
    return Object.entries(value)
      .map(([role, party]) => `${role}: ${subjectText(party)}`)
      .join('; ')
  if (name === 'iat') return `${chinaTime(Number(value) * 1000)} (+08:00)`
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? printable(value) : JSON.stringify(value)
}

/** The identifier is a disclosure of its own and may be hidden. */
const subjectText = (value: unknown): string =>
  isObject(value) ? [value.type, value.idType, value.id ?? '***'].join(' ') : String(value)
