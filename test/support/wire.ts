import { randomBytes } from 'node:crypto'
import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Jwk } from '../../gateway/adapters/crypto/jwk.ts'
import { importSigningJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import type { Ask } from '../../gateway/client/index.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'

/** HTTP without a library's good manners: any method, any header, any bytes, one connection per call. */
export interface Call {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** Sent without a length, in chunks of 16 KiB. */
  chunked?: boolean
  /** Keeps connections between calls. */
  agent?: Agent
}

export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json(): Record<string, unknown>
}

/** Errors: whatever the socket did, when no whole answer came. */
export function call(
  url: string,
  { method = 'POST', path, headers = {}, body, chunked = false, agent }: Call,
): Promise<Answered> {
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(body)
  const { hostname, port } = new URL(url)
  const length: Record<string, string> = bytes && !chunked ? { 'content-length': String(bytes.length) } : {}
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      hostname,
      port,
      method,
      path,
      headers: { ...length, ...headers },
      agent: agent ?? false,
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        if (!response.complete) return reject(new Error('half an answer'))
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode!, headers: response.headers, text, json: () => JSON.parse(text) })
      })
    })
    // A server that refuses an oversized body answers and closes while we still write.
    request.on('error', reject)
    if (bytes && chunked)
      for (let at = 0; at < bytes.length; at += 16_384) request.write(bytes.subarray(at, at + 16_384))
    else if (bytes) request.write(bytes)
    request.end()
  })
}

/** Bytes to a socket as they are; everything that comes back until the other side closes or falls silent. */
export function rawCall(url: string, bytes: string | Buffer, quietMs = 1_500): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const done = () => {
      socket.destroy()
      resolve(Buffer.concat(chunks).toString('utf8'))
    }
    socket.setTimeout(quietMs, done)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', done)
    socket.on('error', (thrown) => (chunks.length > 0 ? done() : reject(thrown)))
  })
}

export const newJti = (): string => randomBytes(16).toString('base64url')

/** The payload of a signed request, to be spoilt. */
export function payloadOf(system: string, op: string, ask: Ask, nowMs = Date.now()): Record<string, unknown> {
  const iat = Math.floor(nowMs / 1000)
  return { ...ask, iss: system, aud: GATEWAY_ID, op, iat, exp: iat + 120, jti: ask.jti ?? newJti() }
}

const crypto = createSoftwareCrypto()
const base64url = (data: string | Buffer): string => Buffer.from(data).toString('base64url')

/** A compact JWS over anything, with any header; signed with `key` unless `signature` is given. */
export async function jws(
  key: Jwk,
  payload: unknown,
  { header = {}, signature }: { header?: Record<string, unknown>; signature?: (input: string) => Buffer | string } = {},
): Promise<string> {
  const signing = importSigningJwk({ ...key })
  const protectedHeader = { typ: 'exchange-request+jws', alg: signing.alg, kid: signing.kid, ...header }
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
  const input = `${base64url(JSON.stringify(protectedHeader))}.${base64url(bytes)}`
  const signed = signature === undefined ? await crypto.sign(signing, Buffer.from(input)) : signature(input)
  return `${input}.${typeof signed === 'string' ? signed : signed.toString('base64url')}`
}

export const jose = (path: string, body: string, headers: Record<string, string> = {}): Call => ({
  path,
  body,
  headers: { 'content-type': 'application/jose', ...headers },
})

/** A token of the data plane, got the way a system gets one. */
export async function tokenFor(
  url: string,
  system: string,
  key: Jwk,
  claims: Record<string, unknown> = {},
  nowMs = Date.now(),
): Promise<Answered> {
  const iat = Math.floor(nowMs / 1000)
  const payload = { iss: system, sub: system, aud: GATEWAY_ID, iat, exp: iat + 120, jti: newJti(), ...claims }
  return call(url, tokenCall(await jws(key, payload, { header: { typ: 'JWT' } })))
}

export const tokenCall = (assertion: string, form: Record<string, string> = {}): Call => ({
  path: '/oauth/token',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...form,
  }).toString(),
})
