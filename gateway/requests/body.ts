import type { Context } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'

/**
 * Reads a request's body, never more than `maxBytes`.
 *
 * Errors: `request.malformed` with status 413; the rest of an oversized body is not read.
 */
export async function readBody(c: Context, maxBytes: number): Promise<Buffer> {
  const declared = Number(c.req.header('content-length') ?? Number.NaN)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  // A declared length within bounds is enforced by the HTTP parser; only chunked bodies need counting.
  if (declared >= 0) return Buffer.from(await c.req.arrayBuffer())
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): ExchangeError {
  return new ExchangeError('request.malformed', 'body is too large', {
    status: 413,
    publicDetail: { zh: `请求体超过 ${maxBytes} 字节`, en: `the body is larger than ${maxBytes} bytes` },
    headers: { connection: 'close' },
  })
}
