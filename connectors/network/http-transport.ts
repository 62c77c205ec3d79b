import { type Dispatcher, Pool } from 'undici'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import { contractBroken, errorCode, timedOut, unreachable } from '../failures.ts'
import { assertHostAllowed, createAllowList, guardedLookup } from './allow-list.ts'
import { createPoolsByEndpoint } from './shared-by-endpoint.ts'

const CONNECTIONS = 16
const CONNECT_TIMEOUT_MS = 5_000
/** Below the idle time of common servers (5 s and more): a request must not meet a connection just being closed. */
const KEEP_ALIVE_MS = 2_000

export interface PreparedRequest {
  method: 'GET' | 'POST'
  /** With query, percent-encoded. */
  path: string
  headers: Record<string, string>
  body: string | null
}

export interface RawAnswer {
  status: number
  contentType: string
  body: Buffer
}

export interface Limits {
  timeoutMs: number
  maxBytes: number
}

/** One pool per endpoint and network list, shared by the datasets that live there. */
export const leaseHttpPool = createPoolsByEndpoint(openPool, (pool) => pool.destroy())

/** The part of the endpoint's URL that goes before every path. Errors: throws, without repeating the URL. */
export function basePathOf({ url }: Endpoint): string {
  if (!URL.canParse(url)) throw new Error('endpoint url is not a url')
  const { protocol, username, password, search, hash, pathname } = new URL(url)
  if (!/^https?:$/.test(protocol)) throw new Error('endpoint url must begin with `http://` or `https://`')
  if (username + password + search + hash !== '') throw new Error('endpoint url has a login, query or fragment')
  return pathname.replace(/\/+$/, '')
}

function openPool(endpoint: Endpoint, networks: readonly string[]): Pool {
  const { origin, hostname } = new URL(endpoint.url)
  const allowed = createAllowList(networks)
  assertHostAllowed(hostname, allowed)
  return new Pool(origin, {
    connections: endpoint.connections ?? CONNECTIONS,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS, lookup: guardedLookup(allowed) },
  })
}

/**
 * Sends one request and reads the whole answer; redirects are answers like any other, never followed.
 *
 * Errors: `provider.timeout` when the signal fires or the source stalls; `provider.contract` for an answer over
 *         `maxBytes`, a compressed one, or one that is not HTTP; `provider.unreachable` for everything below HTTP,
 *         a body cut off in transit included.
 */
export async function send(
  pool: Pool,
  request: PreparedRequest,
  limits: Limits,
  signal: AbortSignal,
): Promise<RawAnswer> {
  let response: Dispatcher.ResponseData
  try {
    response = await pool.request({
      ...request,
      signal,
      headersTimeout: limits.timeoutMs,
      bodyTimeout: limits.timeoutMs,
    })
  } catch (thrown) {
    throw toFailure(thrown, signal)
  }
  const { statusCode: status, headers, body } = response
  const drop = (detail: string) => {
    body.on('error', () => undefined).destroy()
    return contractBroken(detail)
  }
  if (!['', 'identity'].includes(headerOf(headers, 'content-encoding'))) throw drop('the answer is compressed')
  if (Number(headerOf(headers, 'content-length')) > limits.maxBytes) throw drop(`more than ${limits.maxBytes} bytes`)

  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limits.maxBytes) break
      chunks.push(chunk)
    }
  } catch (thrown) {
    throw toFailure(thrown, signal)
  }
  if (size > limits.maxBytes) throw drop(`more than ${limits.maxBytes} bytes`)
  return { status, contentType: headerOf(headers, 'content-type'), body: Buffer.concat(chunks) }
}

function headerOf(headers: Dispatcher.ResponseData['headers'], name: string): string {
  const value = headers[name]
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

function toFailure(thrown: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return timedOut('no answer in time')
  const code = errorCode(thrown)
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return timedOut(`http: ${code}`)
  if (code.startsWith('HPE_') || code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return contractBroken(`http: ${code}`)
  }
  return unreachable(`http: ${code}`)
}
