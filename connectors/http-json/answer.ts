import { contractBroken, unreachable } from '../failures.ts'
import type { RawAnswer } from '../network/http-transport.ts'
import { valueAt } from '../values/path.ts'
import type { HttpJsonConfig, Outcome } from './config.ts'

export interface PageAnswer {
  outcome: 'ok' | 'not-found' | 'not-covered'
  rows: Record<string, unknown>[]
  /** The whole body, for totals, cursors and times; `undefined` where only the status spoke. */
  body: unknown
}

const CHARSETS: Record<string, string> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  gb18030: 'gb18030',
  gbk: 'gb18030',
  gb2312: 'gb18030',
}

/**
 * Reads one HTTP answer by the source's own conventions.
 *
 * Errors: `provider.unreachable` when status or body say the source cannot answer now; `provider.contract` for
 *         anything that cannot be read as an outcome and rows, an unlisted code included: the gateway does not guess.
 */
export function readAnswer(answer: RawAnswer, config: HttpJsonConfig): PageAnswer {
  const byStatus = outcomeOfStatus(answer.status, config)
  if (byStatus !== 'read') return settled(byStatus, `status ${answer.status}`, undefined)
  const body = parseBody(answer, config)
  const outcome = outcomeOfBody(body, config)
  if (outcome !== 'ok') return settled(outcome, 'result code', body)
  return rowsOf(body, config)
}

function outcomeOfStatus(status: number, { statuses }: HttpJsonConfig): Outcome | 'read' {
  const listed = statuses?.[String(status)]
  if (listed !== undefined) return listed === 'ok' ? 'read' : listed
  if (status >= 200 && status < 300) return 'read'
  // A refused login and "too many calls" are the installation's trouble, not a broken contract: the breaker should see them.
  return status >= 500 || [401, 403, 408, 429].includes(status) ? 'unreachable' : 'contract'
}

function outcomeOfBody(body: unknown, { outcome }: HttpJsonConfig): Outcome {
  if (outcome === undefined) return 'ok'
  const code = valueAt(body, outcome.path)
  if (!['string', 'number', 'boolean'].includes(typeof code)) throw contractBroken('no result code')
  const key = String(code)
  return Object.hasOwn(outcome.codes, key) ? (outcome.codes[key] ?? 'contract') : 'contract'
}

function settled(outcome: Outcome, detail: string, body: unknown): PageAnswer {
  if (outcome === 'unreachable') throw unreachable(detail)
  if (outcome === 'contract') throw contractBroken(detail)
  return { outcome, rows: [], body }
}

function rowsOf(body: unknown, { records }: HttpJsonConfig): PageAnswer {
  const found = valueAt(body, records.path)
  if (found === undefined && records.absent !== 'not-found') throw contractBroken('nothing at the record path')
  const rows: unknown[] = found === null || found === undefined ? [] : Array.isArray(found) ? found : [found]
  if (!rows.every(isRow)) throw contractBroken('a record is not an object')
  return { outcome: 'ok', rows, body }
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseBody({ body, contentType }: RawAnswer, config: HttpJsonConfig): unknown {
  const named = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? config.charset ?? 'utf-8'
  const charset = CHARSETS[named]
  if (charset === undefined) throw contractBroken('unknown charset')
  try {
    return JSON.parse(new TextDecoder(charset, { fatal: true }).decode(body))
  } catch {
    // The parser quotes the text it stumbled over, so its error is dropped.
    throw contractBroken(body.length === 0 ? 'empty body' : 'body is not JSON')
  }
}
