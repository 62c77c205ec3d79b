import { importVerificationJwk } from '../adapters/crypto/jwk.ts'
import type { VerificationKey } from '../ports/crypto.ts'
import { GuanyiUnreachable } from './errors.ts'
import { reach, readJson } from './wire.ts'

/** Fetches the gateway's published keys, by `kid`. Errors: `GuanyiUnreachable`. */
export async function fetchJwks(
  url: string,
  http: typeof fetch = fetch,
  timeoutMs = 30_000,
): Promise<Map<string, VerificationKey>> {
  const response = await reach(http, `${url}/.well-known/jwks.json`, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const jwks = response.ok ? await readJson(response) : undefined
  if (!Array.isArray(jwks?.keys))
    throw new GuanyiUnreachable(`HTTP ${response.status}，没有公钥 / no public keys there`)
  return new Map((jwks.keys as Record<string, unknown>[]).map(importVerificationJwk).map((key) => [key.kid, key]))
}

/** The gateway's published keys; fetched again when evidence names one that is not known yet. */
export function createKeyCache(
  url: string,
  http: typeof fetch,
): { resolve: (kid: string) => Promise<VerificationKey | undefined> } {
  let keys = new Map<string, VerificationKey>()
  return {
    async resolve(kid) {
      if (!keys.has(kid)) {
        keys = await fetchJwks(url, http)
      }
      return keys.get(kid)
    },
  }
}
