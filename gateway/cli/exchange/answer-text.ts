import type { Answer } from '../../client/client.ts'
import type { ReleasedRow, SourceEntry } from '../../exchange.ts'
import { chinaTime } from '../layout/china-time.ts'
import { printableJson } from '../layout/printable.ts'
import { columns, indent, table } from '../layout/table.ts'
import type { Terminal } from '../terminal.ts'
import type { Names } from './field-names.ts'

/** `not-found` says what the source said, never that there is nothing: design §7. */
const STATUSES: Record<SourceEntry['status'], { zh: string; en: string }> = {
  ok: { zh: '已取得', en: 'ok' },
  'not-found': { zh: '未查到（不等于不存在）', en: 'not found (no proof of absence)' },
  'not-covered': { zh: '不在覆盖范围', en: 'outside its coverage' },
  unavailable: { zh: '数源不可用', en: 'source unavailable' },
}
const RESULTS: Record<string, { zh: string; en: string }> = {
  match: { zh: '一致', en: 'match' },
  mismatch: { zh: '不一致', en: 'mismatch' },
  'not-found': { zh: '未查到（不等于不存在）', en: 'not found (no proof of absence)' },
}
const CACHES = {
  hit: { zh: '缓存', en: 'hit' },
  miss: { zh: '实时', en: 'live' },
  bypass: { zh: '实时', en: 'live' },
}

/** An answer for people: 数据, 来源, 授权, 存证. */
export function answerText(given: Omit<Answer, 'verified'>, names: Names, kid: string, terminal: Terminal): string {
  const { say, bold, green, yellow } = terminal
  const answer = printableJson(given)
  const head = answer.complete
    ? green(say({ zh: '✓ 已放行，来源齐全', en: '✓ released, complete' }))
    : yellow(say({ zh: '! 已放行，但来源不齐（见“来源”）', en: '! released, incomplete (see Sources)' }))
  return [
    head,
    section(
      bold(say(answer.results ? { zh: '核验结果', en: 'Results' } : { zh: '数据', en: 'Data' })),
      answer.results ? resultsText(answer.results, names, terminal) : dataText(answer.data ?? {}, names, terminal),
    ),
    section(bold(say({ zh: '来源', en: 'Sources' })), sourcesText(answer.sources, names, terminal)),
    section(
      bold(say({ zh: '授权', en: 'Authorisation' })),
      columns([
        [say({ zh: '授权编号', en: 'grants' }), answer.decision.grants.join(', ')],
        [say({ zh: '规则', en: 'policies' }), answer.decision.policies.join(', ')],
      ]).join('\n'),
    ),
    section(
      bold(say({ zh: '存证', en: 'Evidence' })),
      [
        say({ zh: `交换编号  ${answer.exchangeId}`, en: `exchange  ${answer.exchangeId}` }),
        green(
          say({
            zh: `✓ 证据已核验：签名（公钥 ${kid}）、请求摘要、接收方与数据均相符`,
            en: `✓ evidence verified: signature (key ${kid}), request hash, audience and data agree`,
          }),
        ),
      ].join('\n'),
    ),
  ].join('\n\n')
}

const section = (title: string, body: string): string => `${title}\n${indent(body)}`

function dataText(data: NonNullable<Answer['data']>, names: Names, terminal: Terminal): string {
  const parts = Object.entries(data).map(([key, rows]) => {
    const title = `${names.dataset(key)} ${terminal.dim(key)}`.trim()
    const body = Array.isArray(rows) ? rowsText(key, rows, names, terminal) : rowText(key, rows, names, terminal)
    return `${title}\n${indent(body)}`
  })
  return parts.length > 0 ? parts.join('\n') : terminal.say({ zh: '（无数据）', en: '(none)' })
}

function rowText(key: string, row: ReleasedRow, names: Names, { dim, say }: Terminal): string {
  return columns(
    Object.entries(row).map(([field, value]) => [names.field(key, field) || field, show(value, say), dim(field)]),
  ).join('\n')
}

function rowsText(key: string, rows: readonly ReleasedRow[], names: Names, terminal: Terminal): string {
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cells = rows.map((row, place) => [String(place + 1), ...fields.map((field) => show(row[field], terminal.say))])
  return table(['#', ...fields.map((field) => names.field(key, field) || field)], cells, terminal)
}

function resultsText(results: NonNullable<Answer['results']>, names: Names, terminal: Terminal): string {
  const rows = Object.entries(results).map(([name, result]) => {
    const dot = name.lastIndexOf('.')
    const paint = result === 'match' ? terminal.green : terminal.yellow
    return [
      names.field(name.slice(0, dot), name.slice(dot + 1)) || name,
      paint(terminal.say(RESULTS[result] ?? { zh: result, en: result })),
      terminal.dim(name),
    ]
  })
  return columns(rows).join('\n')
}

/** A question to people that waits is no source that is down, and a declared value says whose word it is. */
function statusOf({ status, task, declared }: SourceEntry): { zh: string; en: string } {
  if (task?.state === 'pending') {
    const { dueOn } = task
    return dueOn === null
      ? { zh: '协查中', en: 'people are being asked' }
      : { zh: `协查中，${dueOn} 前答复`, en: `people are being asked, due ${dueOn}` }
  }
  if (task?.state === 'declined') return { zh: '协查退回', en: 'people could not answer' }
  const words = STATUSES[status] ?? { zh: status, en: status }
  const by = (declared ?? []).map((each) => `${each.by} ${each.verifiedAt.slice(0, 10)}`)
  if (by.length === 0) return words
  return { zh: `${words.zh}（${by.join('、')} 核实）`, en: `${words.en} (verified by ${by.join(', ')})` }
}

function sourcesText(sources: Answer['sources'], names: Names, terminal: Terminal): string {
  const { say, yellow } = terminal
  const heads = [
    { zh: '数据资源', en: 'dataset' },
    { zh: '提供部门', en: 'provider' },
    { zh: '状态', en: 'status' },
    { zh: '数据时点', en: 'as of' },
    { zh: '取数', en: 'cache' },
    { zh: '已脱敏', en: 'masked' },
  ].map(say)
  const rows = Object.entries(sources).map(([key, source]) => {
    const status = say(statusOf(source))
    return [
      names.dataset(key) || key,
      names.provider(key) || source.provider,
      source.status === 'ok' ? status : yellow(status),
      source.asOf === null ? '' : chinaTime(Date.parse(source.asOf)),
      say(CACHES[source.cache] ?? { zh: source.cache, en: source.cache }),
      source.masked.map((field) => names.field(key, field) || field).join(say({ zh: '、', en: ', ' })),
    ]
  })
  return table(heads, rows, terminal)
}

const show = (value: ReleasedRow[string] | undefined, say: Terminal['say']): string => {
  if (value === null || value === undefined) return '—'
  if (typeof value === 'boolean') return value ? say({ zh: '是', en: 'yes' }) : say({ zh: '否', en: 'no' })
  return String(value)
}
