import type { EvidenceFault } from '../../evidence/verify.ts'
import { isObject } from '../json.ts'
import { chinaTime } from '../layout/china-time.ts'
import { printable, printableJson } from '../layout/printable.ts'
import { columns, indent } from '../layout/table.ts'
import type { Terminal } from '../terminal.ts'

export interface EvidenceReport {
  ok: true
  header: Record<string, unknown>
  claims: Record<string, unknown>
  disclosed: { field: string; value: unknown }[]
  hidden: number
}

/** Why evidence fails, in words. */
export const FAULTS: Record<EvidenceFault, { zh: string; en: string }> = {
  format: { zh: '不是 SD-JWT', en: 'not an SD-JWT' },
  'key-binding': { zh: '末尾有不认识的部分（本网关不签发持有者绑定）', en: 'an unknown part at its end' },
  payload: { zh: '载荷不是 JSON 对象', en: 'the payload is no JSON object' },
  'hash-algorithm': { zh: '摘要算法不是 sha-256', en: 'the digest algorithm is not sha-256' },
  disclosure: { zh: '某项披露格式不对', en: 'a disclosure is not well formed' },
  unreferenced: {
    zh: '某项披露不属于这份证据（被改动或夹带）',
    en: 'a disclosure does not belong here: altered or slipped in',
  },
  duplicate: { zh: '同一披露或摘要出现两次', en: 'a disclosure or digest stands twice' },
  reserved: { zh: '使用了保留的成员名', en: 'a reserved name is used' },
  header: { zh: '签名头不是本类证据的', en: 'the header is not one of this kind of evidence' },
  key: { zh: '所给公钥中没有签发它的那一把', en: 'the key that issued it is not among those given' },
  signature: {
    zh: '签名不对：内容被改动，或不是这把密钥所签',
    en: 'bad signature: altered, or not signed by this key',
  },
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

export function evidenceText(report: EvidenceReport, terminal: Terminal): string {
  const { say, green, bold, dim } = terminal
  const { header, claims, disclosed, hidden } = printableJson(report)
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
