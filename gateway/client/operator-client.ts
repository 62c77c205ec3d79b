import { importSigningJwk, type Jwk } from '../adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../adapters/crypto/software.ts'
import type { Problem } from '../errors/problem.ts'
import { signCompactJws } from '../jose/compact-jws.ts'
import { GuanyiProblem, GuanyiUnreachable } from './errors.ts'
import { reach, readJson } from './wire.ts'

export interface OperatorClientOptions {
  /** Management plane. */
  url: string
  gatewayId: string
  operator: string
  /** The operator's private JWK with `kid`. */
  key: Jwk
  language?: 'zh' | 'en'
  timeoutMs?: number
  now?: () => number
}

export interface OperatorClient {
  post(path: string, body: unknown): Promise<Record<string, unknown>>
}

const RENEW_BEFORE_MS = 30_000

/**
 * An operator's side of the management plane: proves itself with its key, keeps the token while it lives.
 *
 * Errors: `GuanyiProblem` for what the gateway refuses; `GuanyiUnreachable` when no gateway answers there.
 */
export function createOperatorClient(options: OperatorClientOptions): OperatorClient {
  const { url, gatewayId, operator, language = 'zh', timeoutMs = 30_000, now = Date.now } = options
  const crypto = createSoftwareCrypto()
  const key = importSigningJwk({ ...options.key })
  let token: { value: string; expiresAtMs: number } | undefined

  async function send(path: string, headers: Record<string, string>, body: string): Promise<Record<string, unknown>> {
    const response = await reach(fetch, `${url}${path}`, {
      method: 'POST',
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...headers, 'accept-language': language },
    })
    const answer = await readJson(response)
    if (response.ok && answer !== undefined) return answer
    if (typeof answer?.code === 'string') throw new GuanyiProblem(answer as unknown as Problem)
    throw new GuanyiUnreachable(`HTTP ${response.status}，不是网关的答复 / not a gateway’s answer`)
  }

  async function bearer(): Promise<string> {
    if (token === undefined || token.expiresAtMs - RENEW_BEFORE_MS < now()) {
      const iat = Math.floor(now() / 1000)
      const jti = crypto.random(16).toString('base64url')
      const claims = JSON.stringify({ iss: operator, sub: operator, aud: gatewayId, iat, exp: iat + 120, jti })
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signCompactJws(crypto, key, { typ: 'JWT' }, claims),
      })
      const granted = await send(
        '/oauth/token',
        { 'content-type': 'application/x-www-form-urlencoded' },
        form.toString(),
      )
      token = { value: String(granted.access_token), expiresAtMs: now() + Number(granted.expires_in) * 1000 }
    }
    return `Bearer ${token.value}`
  }

  return {
    post: async (path, body) =>
      await send(path, { 'content-type': 'application/json', authorization: await bearer() }, JSON.stringify(body)),
  }
}
