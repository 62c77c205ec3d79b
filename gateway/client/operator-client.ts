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
  /** `Answer` as `/openapi.json` has it for the path. */
  get<Answer extends object = Record<string, unknown>>(path: string): Promise<Answer>
  post<Answer extends object = Record<string, unknown>>(path: string, body: unknown): Promise<Answer>
  /** A POST whose answer is a file. */
  download(path: string, body: unknown): Promise<Buffer>
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

  async function reachPlane(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const response = await reach(fetch, `${url}${path}`, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...init.headers, 'accept-language': language },
    })
    if (response.ok) return response
    const problem = await readJson<Problem>(response)
    if (typeof problem?.code === 'string') throw new GuanyiProblem(problem)
    throw new GuanyiUnreachable(`HTTP ${response.status}，不是网关的答复 / not a gateway’s answer`)
  }

  async function send<T extends object>(
    path: string,
    headers: Record<string, string>,
    body: string | null,
  ): Promise<T> {
    const init = body === null ? { method: 'GET', headers } : { method: 'POST', headers, body }
    const answer = await readJson<T>(await reachPlane(path, init))
    if (answer === undefined) throw new GuanyiUnreachable('不是网关的答复 / not a gateway’s answer')
    return answer
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
      const granted = await send<{ access_token: string; expires_in: number }>(
        '/oauth/token',
        { 'content-type': 'application/x-www-form-urlencoded' },
        form.toString(),
      )
      token = { value: granted.access_token, expiresAtMs: now() + granted.expires_in * 1000 }
    }
    return `Bearer ${token.value}`
  }

  const asking = async () => ({ 'content-type': 'application/json', authorization: await bearer() })
  return {
    get: async (path) => await send(path, { authorization: await bearer() }, null),
    post: async (path, body) => await send(path, await asking(), JSON.stringify(body)),
    download: async (path, body) => {
      const response = await reachPlane(path, { method: 'POST', headers: await asking(), body: JSON.stringify(body) })
      return Buffer.from(await response.arrayBuffer())
    },
  }
}
