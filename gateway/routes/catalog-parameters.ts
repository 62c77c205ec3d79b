import type { Context } from 'hono'
import { type Bilingual, ExchangeError } from '../errors/exchange-error.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200
const LONGEST_TEXT = 100

/** The query parameters, each at most once and none that is not named. */
export function readParameters(c: Context, names: readonly string[]): Record<string, string> {
  const read: Record<string, string> = {}
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (!names.includes(name)) {
      throw refusal('parameter', {
        zh: `不支持的查询参数；可用：${names.join('、') || '无'}`,
        en: `unknown parameter; known: ${names.join(', ') || 'none'}`,
      })
    }
    if (values.length > 1) throw refusal(name, { zh: `参数 ${name} 重复`, en: `parameter \`${name}\` is repeated` })
    read[name] = values[0]!
  }
  return read
}

export function readText(name: string, text: string): string {
  if (text.trim() === '' || [...text].length > LONGEST_TEXT) {
    throw refusal(name, {
      zh: `参数 ${name} 应为 1 至 ${LONGEST_TEXT} 个字符`,
      en: `parameter \`${name}\` takes 1 to ${LONGEST_TEXT} characters`,
    })
  }
  return text
}

export function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0
  if (limit === 0 || limit > MAX_LIMIT) {
    throw refusal('limit', {
      zh: `limit 应为 1 至 ${MAX_LIMIT} 的整数`,
      en: `\`limit\` is an integer from 1 to ${MAX_LIMIT}`,
    })
  }
  return limit
}

/** Names the last entry of a page, so that a page after a change of the catalogue neither repeats nor skips. */
export const encodeCursor = (kind: string, lastId: string): string =>
  Buffer.from(`${kind} ${lastId}`).toString('base64url')

export function decodeCursor(cursor: string, kind: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const id = text.startsWith(`${kind} `) ? text.slice(kind.length + 1) : ''
  // what does not encode back was not made here
  if (id === '' || encodeCursor(kind, id) !== cursor)
    throw refusal('cursor', { zh: '翻页标记无效', en: 'the cursor is not one of ours' })
  return id
}

function refusal(rule: string, said: Bilingual): ExchangeError {
  return new ExchangeError('request.malformed', `unusable query parameter (${rule})`, {
    publicDetail: said,
    reasons: [{ rule, ...said }],
  })
}
