import { ExchangeError } from '../errors/exchange-error.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads bytes as one JSON object.
 *
 * Errors: `request.malformed` for text that is not UTF-8, is not JSON, or is not an object. Identifiers that arrive as
 *         numbers are left to the schema, which refuses them (R115).
 */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch {
    // The parser's own message quotes the text, so it is not kept even as a cause.
    throw new ExchangeError('request.malformed', 'the body is not JSON in UTF-8', {
      publicDetail: { zh: '请求体不是 UTF-8 编码的 JSON', en: 'the body is not JSON in UTF-8' },
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ExchangeError('request.malformed', 'the body is not a JSON object', {
      publicDetail: { zh: '请求体应为 JSON 对象', en: 'the body must be a JSON object' },
    })
  }
  return value as Record<string, unknown>
}
