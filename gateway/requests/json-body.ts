import { ExchangeError } from '../errors/exchange-error.ts'

/** `JSON.stringify` escapes a surrogate only where its other half is missing. */
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads bytes as one JSON object.
 *
 * Errors: `request.malformed` for text that is not UTF-8, is not JSON, or is not an object. Identifiers that arrive as
 *         numbers are left to the schema, which refuses them (R115).
 */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const value = parseUnverified(bytes)
  assertWholeCharacters(bytes, value)
  return value
}

/** The same for a payload whose sender is still to be established: who sent half a character is known only after that. */
export function parseUnverified(bytes: Uint8Array): Record<string, unknown> {
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

/** Half a surrogate pair is no character: it cannot be signed, digested or written as UTF-8 (RFC 8785 §3.2.2.2). */
function assertWholeCharacters(bytes: Uint8Array, value: Record<string, unknown>): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!text.includes('\\u') || !ESCAPED_SURROGATE.test(text.toString('latin1'))) return
  // An escaped backslash before a `u` is text about an escape, and no escape.
  if (ESCAPED_SURROGATE.test(JSON.stringify(value).replaceAll('\\\\', '')))
    throw malformed('surrogate', '文本中有不完整的字符', 'a text holds half a character')
}

/** Deeper than anything the interface knows; a bound, so that nothing that walks the value runs out of stack. */
const MAX_DEPTH = 16

/**
 * What is checked of a body once its sender is known: whole characters, modest depth, and no object with a member
 * twice. `JSON.parse` keeps the last of them without a word, another reader of the sealed request may keep the first, and
 * then two people read two different requests under one signature.
 *
 * Shape:  `value` is what `JSON.parse` made of `bytes`. Every member has exactly one colon outside strings, so more colons
 *         than members means a repeated one; one pass over the bytes, and no second parser.
 * Errors: `request.malformed`, also for nesting deeper than 16.
 * Source: RFC 7493 §2.3.
 */
export function assertPlainJson(bytes: Uint8Array, value: Record<string, unknown>): void {
  const { colons, depth } = structureOf(bytes)
  if (depth > MAX_DEPTH) throw malformed('depth', `嵌套超过 ${MAX_DEPTH} 层`, `nested deeper than ${MAX_DEPTH}`)
  assertWholeCharacters(bytes, value)
  if (colons !== membersIn(value)) throw malformed('repeated', '存在重复的成员', 'a member occurs twice')
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a]

/** Only ASCII bytes matter, and no byte of a longer UTF-8 sequence is one. */
function structureOf(bytes: Uint8Array): { colons: number; depth: number } {
  let colons = 0
  let open = 0
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (inString) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === COLON) colons++
    else if (byte === 0x7b || byte === 0x5b) depth = Math.max(depth, ++open)
    else if (byte === 0x7d || byte === 0x5d) open--
  }
  return { colons, depth }
}

function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value)
  let members = Array.isArray(value) ? 0 : inner.length
  for (const each of inner) members += membersIn(each)
  return members
}

function malformed(rule: string, zh: string, en: string): ExchangeError {
  return new ExchangeError('request.malformed', en, { reasons: [{ rule, zh, en }] })
}
