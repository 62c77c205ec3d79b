import { createOperatorClient, type OperatorClient } from '../../client/operator-client.ts'
import type { LookupAnswer } from '../../dossier/lookup.ts'
import type { AuditLine } from '../../dossier/present.ts'
import type { Command, Context, Input } from '../command.ts'
import { readKey } from '../exchange/ask.ts'
import { configError, usageError } from '../exit.ts'
import { readArgument } from '../files.ts'
import { chinaTime } from '../layout/china-time.ts'
import { printable } from '../layout/printable.ts'
import { gatewayUrl } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

const TYPES: Record<string, string> = {
  'resident-id': 'person',
  'residence-permit-hmt': 'person',
  'foreign-permanent-resident': 'person',
  passport: 'person',
  uscc: 'organisation',
  'organisation-code': 'organisation',
}

export const dossierLookup: Command = {
  name: 'dossier lookup',
  zh: '查一人一档、一企一档的访问侧：谁在何时为何事查询过',
  en: 'who looked at one subject, when, and why',
  positionals: ['<标识文件 file|->'],
  options: {
    reason: { value: '事由 text', required: true, zh: '查阅事由，将留痕', en: 'why you look; it is recorded' },
    url: { value: '地址 url', required: true, zh: '网关管理面地址', en: 'management plane' },
    'gateway-id': { value: 'id', zh: '网关标识，或 GUANYI_GATEWAY_ID', en: 'or GUANYI_GATEWAY_ID' },
    operator: { value: 'id', required: true, zh: '审计管理员编号', en: 'id of the audit administrator' },
    'operator-key': { value: '文件 file', required: true, zh: '该操作员的私钥文件', en: 'their private key file' },
    'id-type': {
      value: '种类 type',
      choices: Object.keys(TYPES),
      zh: '标识种类，默认 resident-id',
      en: 'kind of identifier, resident-id unless said',
    },
    limit: { value: '条数 n', zh: '最多显示多少条，默认 50', en: 'most lines to show, 50 unless said' },
  },
  notes: [
    {
      zh: '标识从文件或标准输入（-）读取，不写在命令行上：命令行参数人人可见。每次查阅都先留痕、后显示。',
      en: 'The identifier is read from a file or stdin (-), never from the command line, which everybody can see. Every look is recorded before it is shown.',
    },
  ],
  examples: [
    'guanyi dossier lookup - --reason "投诉核查" --url http://127.0.0.1:8081 --operator op-audit --operator-key audit.jwk.json < id.txt',
  ],
  async run(input, context) {
    const client = await clientOf(input, context)
    const idType = input.text('id-type') ?? 'resident-id'
    const id = (await readArgument(input.positionals[0]!, context.io)).trim()
    const subject = { type: TYPES[idType], idType, id }
    const found = await collect(client, { subject, reason: input.text('reason') }, limitOf(input))
    return { json: found, text: (terminal) => timeline(found, terminal) }
  },
}

async function clientOf(input: Input, { io, terminal }: Context): Promise<OperatorClient> {
  const gatewayId = input.text('gateway-id') ?? (io.env.GUANYI_GATEWAY_ID || undefined)
  if (gatewayId === undefined) throw configError('缺少 --gateway-id', 'missing --gateway-id')
  return createOperatorClient({
    url: gatewayUrl(input.text('url')!),
    gatewayId,
    operator: input.text('operator')!,
    key: await readKey(input.text('operator-key')!),
    language: terminal.lang,
    now: io.now,
  })
}

function limitOf(input: Input): number {
  const text = input.text('limit') ?? '50'
  if (!/^[1-9]\d{0,4}$/.test(text)) throw usageError('--limit 应为 1–99999', '--limit must be 1 to 99999')
  return Number(text)
}

const PAGE = 200

async function collect(client: OperatorClient, question: object, limit: number): Promise<LookupAnswer> {
  const lines: AuditLine[] = []
  for (let cursor: string | null = null; ; ) {
    const answer: LookupAnswer = await client.post<LookupAnswer>('/admin/v1/dossiers/lookup', {
      ...question,
      limit: Math.min(PAGE, limit - lines.length),
      ...(cursor !== null && { cursor }),
    })
    lines.push(...answer.lines)
    cursor = answer.next
    if (cursor === null || lines.length >= limit) return { ...answer, lines }
  }
}

const OUTCOMES = {
  released: { zh: '放行', en: 'released' },
  refused: { zh: '拒绝', en: 'refused' },
  failed: { zh: '失败', en: 'failed' },
} as const
const MODES: Record<string, string> = {
  query: '查询',
  verify: '核验',
  prefill: '预填',
  batch: '批量',
  dossier: '档案',
  'my-data': '本人查询',
  admin: '管理',
  materials: '领取材料',
}

/** Newest first, a heading per day, one block per look. */
function timeline({ counts, lines, next, recordedAs }: LookupAnswer, terminal: Terminal): string {
  const { say, bold, dim } = terminal
  const head = say({
    zh: `共 ${counts.total} 次：放行 ${counts.released}，拒绝 ${counts.refused}，失败 ${counts.failed}`,
    en: `${counts.total} in all: ${counts.released} released, ${counts.refused} refused, ${counts.failed} failed`,
  })
  const departments = counts.byDepartment.map(({ id, name, count }) => `${name ?? id} ${count}`).join('，')
  const blocks: string[] = []
  let day = ''
  for (const line of lines) {
    const at = chinaTime(Date.parse(line.at))
    if (at.slice(0, 10) !== day) {
      day = at.slice(0, 10)
      blocks.push(`\n${bold(day)}`)
    }
    blocks.push(block(line, at.slice(11), terminal))
  }
  const tail =
    next === null ? [] : [dim(say({ zh: '（还有更早的，见 --limit）', en: '(there are older ones: --limit)' }))]
  const footer = dim(say({ zh: `本次查阅已留痕：${recordedAs}`, en: `this look is recorded as ${recordedAs}` }))
  return [bold(head), printable(departments), ...blocks, '', ...tail, footer].join('\n')
}

function block(line: AuditLine, time: string, { say, dim, green, red, yellow }: Terminal): string {
  const paint = line.outcome === 'released' ? green : line.outcome === 'refused' ? red : yellow
  const who = line.department.name ?? line.department.id
  const why = [line.scenario?.name, line.item?.name, line.purpose].filter((word) => word != null).join(' · ')
  const what = line.fields.map(({ id, name }) => name ?? id).join('、')
  const how = `${MODES[line.mode] ?? line.mode}${line.as === 'party' ? say({ zh: '（作为相关人）', en: ' (as a party)' }) : ''}`
  const case_ = line.case ?? line.application
  return [
    `  ${time}  ${paint(say(OUTCOMES[line.outcome]))}  ${printable(`${who}  ${how}  ${why}`)}`,
    ...(what === '' ? [] : [`            ${printable(what)}`]),
    ...(line.reason === null ? [] : [`            ${printable(line.reason)}（${line.code}）`]),
    ...(line.suppressed === null
      ? []
      : [
          yellow(printable(`            依法暂缓告知本人：${line.suppressed.legalBasis}，至 ${line.suppressed.until}`)),
        ]),
    dim(printable(`            ${case_ === null ? '' : `办件 ${case_}  `}第 ${line.index} 条  ${line.exchangeId}`)),
  ].join('\n')
}
