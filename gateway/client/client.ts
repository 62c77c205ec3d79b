import { createHash } from 'node:crypto'
import { importSigningJwk, importVerificationJwk, type Jwk } from '../adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../adapters/crypto/software.ts'
import type { Problem } from '../errors/problem.ts'
import { type VerifiedEvidence, verifyEvidence } from '../evidence/verify.ts'
import type { ExchangeRequest, ReleasedData, SourceEntry, VerifyResult } from '../exchange.ts'
import { signCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider, VerificationKey } from '../ports/crypto.ts'
import { REQUEST_TYP } from '../stages/authenticate.ts'

export interface ClientOptions {
  /** Data plane, e.g. `https://gateway.example.gov.cn`. */
  url: string
  gatewayId: string
  system: string
  /** Private JWK with `kid`, ES256 or EdDSA. */
  key: Jwk
  language?: 'zh' | 'en'
  timeoutMs?: number
  now?: () => number
  fetch?: typeof fetch
}

/** The members of a request; the client adds `jti`, and for signed requests the envelope. */
export type Ask = Omit<ExchangeRequest, 'jti'> & { jti?: string }

export interface Answer {
  exchangeId: string
  complete: boolean
  data?: ReleasedData
  results?: Record<string, VerifyResult>
  sources: Record<string, SourceEntry>
  decision: { grants: string[]; policies: string[] }
  /** Compact SD-JWT. */
  evidence: string
  /** The evidence, verified against the gateway's keys, this request's bytes and this system. */
  verified: VerifiedEvidence
}

/** A refusal or failure as the gateway told it. */
export class GuanyiProblem extends Error {
  override readonly name = 'GuanyiProblem'
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.title}`)
  }
}

export interface GuanyiClient {
  query(ask: Ask): Promise<Answer>
  verify(ask: Ask): Promise<Answer>
  /** Looks one of this system's own exchanges up. */
  exchange(id: string): Promise<Record<string, unknown>>
  /** The signed bytes as they would be sent, for tests and for showing. */
  signRequest(op: 'query' | 'verify', ask: Ask): Promise<{ body: string; jti: string }>
  /** Any GET of the data plane with a token. */
  get(path: string): Promise<Response>
}

/**
 * A department's side of an exchange: signs requests, checks evidence before it hands an answer over.
 *
 * Errors: `GuanyiProblem` for what the gateway refuses; an `Error` saying what did not verify when the evidence is not
 *         the gateway's, is for another system or request, or does not hold the answered values.
 */
export function createClient(options: ClientOptions): GuanyiClient {
  const crypto = createSoftwareCrypto()
  const key = importSigningJwk({ ...options.key })
  const now = options.now ?? Date.now
  const http = options.fetch ?? fetch
  const keys = createKeyCache(options.url, http)
  let token: { value: string; expiresAtMs: number } | undefined

  async function signRequest(op: string, ask: Ask): Promise<{ body: string; jti: string }> {
    const iat = Math.floor(now() / 1000)
    const jti = ask.jti ?? crypto.random(16).toString('base64url')
    const payload = { ...ask, iss: options.system, aud: options.gatewayId, op, iat, exp: iat + 120, jti }
    const header = { typ: REQUEST_TYP }
    return { body: await signCompactJws(crypto, key, header, Buffer.from(JSON.stringify(payload))), jti }
  }

  async function send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const response = await http(`${options.url}${path}`, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
      headers: { ...init.headers, 'accept-language': options.language ?? 'zh' },
    })
    if (response.ok) return response
    throw new GuanyiProblem((await response.json()) as Problem)
  }

  async function exchange(op: 'query' | 'verify', ask: Ask): Promise<Answer> {
    const { body } = await signRequest(op, ask)
    const response = await send(`/v1/${op}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/jose', accept: 'application/json' },
    })
    const answer = (await response.json()) as Omit<Answer, 'verified'>
    return { ...answer, verified: await checked(answer, body, { ...options, crypto, resolveKey: keys.resolve }) }
  }

  async function bearer(): Promise<string> {
    if (token === undefined || token.expiresAtMs - 30_000 < now()) {
      const iat = Math.floor(now() / 1000)
      const claims = {
        iss: options.system,
        sub: options.system,
        aud: options.gatewayId,
        iat,
        exp: iat + 120,
        jti: crypto.random(16).toString('base64url'),
      }
      const assertion = await signCompactJws(crypto, key, { typ: 'JWT' }, Buffer.from(JSON.stringify(claims)))
      const response = await send('/oauth/token', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertion,
        }).toString(),
      })
      const granted = (await response.json()) as { access_token: string; expires_in: number }
      token = { value: granted.access_token, expiresAtMs: now() + granted.expires_in * 1000 }
    }
    return `Bearer ${token.value}`
  }

  const get = async (path: string): Promise<Response> =>
    await send(path, { method: 'GET', headers: { authorization: await bearer() } })

  return {
    query: (ask) => exchange('query', ask),
    verify: (ask) => exchange('verify', ask),
    signRequest,
    get,
    exchange: async (id) =>
      (await (await get(`/v1/exchanges/${encodeURIComponent(id)}`)).json()) as Record<string, unknown>,
  }
}

/** Evidence is worth something only when it is about this very question: its bytes, its asker, its answer. */
async function checked(
  answer: Omit<Answer, 'verified'>,
  body: string,
  {
    gatewayId,
    system,
    crypto,
    resolveKey,
  }: ClientOptions & { crypto: CryptoProvider; resolveKey: (kid: string) => Promise<VerificationKey | undefined> },
): Promise<VerifiedEvidence> {
  const verified = await verifyEvidence(answer.evidence, { crypto, resolveKey })
  if (!verified.ok) throw new Error(`证据未通过验证 / evidence does not verify: ${verified.fault}`)
  const { claims } = verified
  const requestHash = createHash('sha256').update(body).digest('base64url')
  const wrong = [
    claims.iss !== gatewayId && 'iss',
    claims.aud !== system && 'aud',
    claims.jti !== answer.exchangeId && 'jti',
    claims.requestHash !== requestHash && 'requestHash',
    !sameJson(claims.data ?? {}, answer.data ?? {}) && 'data',
    answer.results !== undefined && !sameJson(claims.results, answer.results) && 'results',
  ].filter((word) => word !== false)
  if (wrong.length > 0) throw new Error(`证据与本次请求不符 / evidence is not about this exchange: ${wrong.join(', ')}`)
  return verified
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameJson(left[name], right[name]))
  )
}

/** The gateway's published keys; fetched again when evidence names one that is not known yet. */
function createKeyCache(
  url: string,
  http: typeof fetch,
): { resolve: (kid: string) => Promise<VerificationKey | undefined> } {
  let keys = new Map<string, VerificationKey>()
  return {
    async resolve(kid) {
      if (!keys.has(kid)) {
        const response = await http(`${url}/.well-known/jwks.json`, { redirect: 'error' })
        const jwks = (await response.json()) as { keys: Record<string, unknown>[] }
        keys = new Map(jwks.keys.map(importVerificationJwk).map((key) => [key.kid, key]))
      }
      return keys.get(kid)
    },
  }
}
