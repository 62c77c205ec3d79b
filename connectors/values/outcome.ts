import { contractBroken, unreachable } from '../failures.ts'
import { valueAt } from './path.ts'

/** What a source's answer code means to the gateway. */
export const OUTCOMES = ['ok', 'not-found', 'not-covered', 'contract', 'unreachable'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** How a source says whether it could answer, and where its rows are. */
export interface AnswerConfig {
  /** HTTP status → outcome, where it carries meaning (`"404": "not-found"`). Otherwise 2xx is read, 5xx, 401, 403, 408 and 429 are unreachable, the rest contract. */
  statuses?: Record<string, Outcome>
  /** Many answer 200 with a code in the body. A code that is not listed is `contract`. */
  outcome?: { path: string; codes: Record<string, Outcome> }
  /** Where the rows are: a list, or one object. `null` there means no rows; nothing there is `contract` unless `absent` says otherwise. */
  records: { path: string; absent?: 'not-found' | 'contract' }
}

const path = { type: 'string', maxLength: 200 } as const
export const answerSchemas = {
  statuses: {
    type: 'object',
    propertyNames: { pattern: '^[1-5][0-9]{2}$' },
    additionalProperties: { enum: [...OUTCOMES] },
  },
  outcome: {
    type: 'object',
    properties: { path, codes: { type: 'object', minProperties: 1, additionalProperties: { enum: [...OUTCOMES] } } },
    required: ['path', 'codes'],
    additionalProperties: false,
  },
  records: {
    type: 'object',
    properties: { path, absent: { enum: ['not-found', 'contract'] } },
    required: ['path'],
    additionalProperties: false,
  },
} as const

export interface PageAnswer {
  outcome: 'ok' | 'not-found' | 'not-covered'
  rows: Record<string, unknown>[]
  /** The whole body, for totals, cursors and times; `undefined` where only the status spoke. */
  body: unknown
}

/** What the HTTP status alone says; `read` = look into the body. */
export function outcomeOfStatus(status: number, { statuses }: Pick<AnswerConfig, 'statuses'>): Outcome | 'read' {
  const listed = statuses?.[String(status)]
  if (listed !== undefined) return listed === 'ok' ? 'read' : listed
  if (status >= 200 && status < 300) return 'read'
  // A refused login and "too many calls" are the installation's trouble, not a broken contract: the breaker should see them.
  return status >= 500 || [401, 403, 408, 429].includes(status) ? 'unreachable' : 'contract'
}

/**
 * Reads a parsed body by the source's own conventions.
 *
 * Errors: `provider.unreachable` when its code says the source cannot answer now; `provider.contract` for anything that
 *         cannot be read as an outcome and rows, an unlisted code included: the gateway does not guess.
 */
export function readBody(body: unknown, config: AnswerConfig): PageAnswer {
  const { outcome, code } = outcomeOfBody(body, config)
  if (outcome === 'ok') return rowsOf(body, config)
  return settled(outcome, code === undefined ? 'result code that is not listed' : `result code ${code}`, body)
}

/** An answer without rows, or the failure that the outcome stands for. */
export function settled(outcome: Exclude<Outcome, 'ok'>, detail: string, body: unknown): PageAnswer {
  if (outcome === 'unreachable') throw unreachable(detail)
  if (outcome === 'contract') throw contractBroken(detail)
  return { outcome, rows: [], body }
}

/** `code` is the source's own, and only one the config lists: any other may be anything. */
function outcomeOfBody(body: unknown, { outcome }: AnswerConfig): { outcome: Outcome; code?: string } {
  if (outcome === undefined) return { outcome: 'ok' }
  const code = valueAt(body, outcome.path)
  if (!['string', 'number', 'boolean'].includes(typeof code)) throw contractBroken('no result code')
  const key = String(code)
  const listed = Object.hasOwn(outcome.codes, key) ? outcome.codes[key] : undefined
  return listed === undefined ? { outcome: 'contract' } : { outcome: listed, code: key }
}

function rowsOf(body: unknown, { records }: AnswerConfig): PageAnswer {
  const found = valueAt(body, records.path)
  if (found === undefined && records.absent !== 'not-found') throw contractBroken('nothing at the record path')
  const rows: unknown[] = found === null || found === undefined ? [] : Array.isArray(found) ? found : [found]
  if (!rows.every(isRow)) throw contractBroken('a record is not an object')
  return { outcome: 'ok', rows, body }
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
