import { importSigningJwk, type Jwk } from '../adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../adapters/crypto/software.ts'
import type { AcceptedDeclaration } from '../declared/accept-declaration.ts'
import type { WrittenDeclaration } from '../declared/types.ts'
import type { Problem } from '../errors/problem.ts'
import type { VerifiedEvidence } from '../evidence/verify.ts'
import type { ExchangeRequest, ReleasedData, ReportOp, SourceEntry, VerifyResult } from '../exchange.ts'
import { signCompactJws } from '../jose/compact-jws.ts'
import type { Op } from '../requests/exchange-request.schema.ts'
import { REQUEST_TYP } from '../stages/authenticate.ts'
import { type BatchCalls, createBatchCalls } from './batches.ts'
import { checkAnswer } from './check-answer.ts'
import { EvidenceError, GuanyiProblem, GuanyiUnreachable } from './errors.ts'
import { createKeyCache } from './gateway-keys.ts'
import { checkPrefill, type PrefillAnswer, type PrefillAsk } from './prefill.ts'
import { reach, readJson } from './wire.ts'

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

/** What `declare` keeps: which values, of whom, how they were verified and until when they may be used. */
export type DeclarationAsk = Omit<WrittenDeclaration, 'jti'> & { jti?: string }

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
  verified: Extract<VerifiedEvidence, { ok: true }>
}

/** One HTML page; its SHA-256 is in the record of its delivery. */
export interface Material {
  page: Buffer
  exchangeId: string
  index: string
}

export interface GuanyiClient {
  query(ask: Ask): Promise<Answer>
  verify(ask: Ask): Promise<Answer>
  /** The data side of a dossier, under a grant for it. */
  dossier(ask: Ask): Promise<Answer>
  /** Fills a form, or the forms of a bundle; every bearer's evidence is verified. */
  prefill(ask: PrefillAsk): Promise<PrefillAnswer>
  /** What a `materialRef` leads to: a certificate's copy or a 核验单, to be filed byte for byte. */
  material(ref: string): Promise<Material>
  /** Keeps what an applicant supplied and this department verified (最多报一次), for later forms. */
  declare(declaration: DeclarationAsk): Promise<AcceptedDeclaration>
  /** Many subjects under one signed request. */
  batches: BatchCalls
  /** Looks one of this system's own exchanges up. */
  exchange(id: string): Promise<Record<string, unknown>>
  /** The signed bytes as they would be sent, for tests and for showing. */
  signRequest(op: Op | ReportOp, ask: Ask | DeclarationAsk): Promise<{ body: string; jti: string }>
  /** Any GET of the data plane with a token. */
  get(path: string): Promise<Response>
}

/**
 * A department's side of an exchange: signs requests, checks evidence before it hands an answer over.
 *
 * Errors: `GuanyiProblem` for what the gateway refuses; `EvidenceError` saying what did not verify when the evidence is
 *         not the gateway's, is for another system or request, or does not hold the answered values;
 *         `GuanyiUnreachable` when no gateway answers there.
 */
export function createClient(options: ClientOptions): GuanyiClient {
  const crypto = createSoftwareCrypto()
  const key = importSigningJwk({ ...options.key })
  const now = options.now ?? Date.now
  const http = options.fetch ?? fetch
  const keys = createKeyCache(options.url, http)
  let token: { value: string; expiresAtMs: number } | undefined

  async function signRequest(op: string, ask: object & { jti?: string }): Promise<{ body: string; jti: string }> {
    const iat = Math.floor(now() / 1000)
    const jti = ask.jti ?? crypto.random(16).toString('base64url')
    const payload = { ...ask, iss: options.system, aud: options.gatewayId, op, iat, exp: iat + 120, jti }
    const header = { typ: REQUEST_TYP }
    return { body: await signCompactJws(crypto, key, header, Buffer.from(JSON.stringify(payload))), jti }
  }

  async function send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const response = await reach(http, `${options.url}${path}`, {
      ...init,
      redirect: 'error',
      signal: init.signal ?? AbortSignal.timeout(options.timeoutMs ?? 30_000),
      headers: { ...init.headers, 'accept-language': options.language ?? 'zh' },
    })
    if (response.ok) return response
    const problem = await readJson(response)
    // A proxy's error page, or another server's: nothing our gateway said.
    if (typeof problem?.code !== 'string')
      throw new GuanyiUnreachable(`HTTP ${response.status}，不是网关的答复 / not a gateway’s answer`)
    throw new GuanyiProblem(problem as Problem)
  }

  async function exchange(op: Op, ask: Ask): Promise<Answer> {
    const { body } = await signRequest(op, ask)
    const response = await send(`/v1/${op}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/jose', accept: 'application/json' },
    })
    const answer = await readJson<Omit<Answer, 'verified'>>(response)
    if (typeof answer?.evidence !== 'string') throw new EvidenceError('答复不附证据 / the answer carries no evidence')
    const verified = await checkAnswer(answer, { ...options, body }, { crypto, resolveKey: keys.resolve })
    return { ...answer, verified }
  }

  async function prefill(ask: PrefillAsk): Promise<PrefillAnswer> {
    const { body } = await signRequest('prefill', ask)
    const headers = { 'content-type': 'application/jose', accept: 'application/json' }
    const response = await send('/v1/prefill', { method: 'POST', body, headers })
    const answer = await readJson<PrefillAnswer>(response)
    if (!Array.isArray(answer?.exchanges)) throw new EvidenceError('答复不附证据 / the answer carries no evidence')
    await checkPrefill(answer, { ...options, body }, { crypto, resolveKey: keys.resolve })
    return answer
  }

  async function declare(declaration: DeclarationAsk): Promise<AcceptedDeclaration> {
    const { body } = await signRequest('declarations', declaration)
    const headers = { 'content-type': 'application/jose', accept: 'application/json' }
    const response = await send('/v1/declarations', { method: 'POST', body, headers })
    const answer = (await readJson(response)) as AcceptedDeclaration | undefined
    if (typeof answer?.exchangeId !== 'string') throw new GuanyiUnreachable('不是网关的答复 / not a gateway’s answer')
    return answer
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
    dossier: (ask) => exchange('dossier', ask),
    prefill,
    declare,
    batches: createBatchCalls({ sign: (op, members) => signRequest(op, members as Ask), send, bearer }),
    signRequest,
    get,
    async material(ref) {
      const response = await get(`/v1/materials/${encodeURIComponent(ref)}`)
      const { headers } = response
      const page = Buffer.from(await response.arrayBuffer())
      return { page, exchangeId: headers.get('x-exchange-id') ?? '', index: headers.get('x-record-index') ?? '' }
    },
    exchange: async (id) =>
      (await (await get(`/v1/exchanges/${encodeURIComponent(id)}`)).json()) as Record<string, unknown>,
  }
}
