import { importVerificationJwk, type Jwk } from '../adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../adapters/crypto/software.ts'
import { checkAnswer } from './check-answer.ts'
import { type Answer, type Ask, createClient } from './client.ts'
import { createKeyCache } from './gateway-keys.ts'

export interface RelayOptions {
  /** The other gateway's data plane. */
  url: string
  gatewayId: string
  /** What we are registered as there. */
  system: string
  key: Jwk
  now: () => number
  /** The other gateway's keys, where the installation pins them; otherwise it is asked for them over `http`. */
  jwks?: Record<string, unknown>[]
  http: typeof fetch
}

export interface Relay {
  /** A signed query, ready to be sent by whatever transport. */
  sign(ask: Ask): Promise<string>
  /** The answer with its evidence verified against keys, request and system. Errors: `EvidenceError`, `GuanyiUnreachable`. */
  check(answer: Omit<Answer, 'verified'>, body: string): Promise<Answer>
}

/** The two ends of an exchange with another gateway, without the way between: a gateway has its own guarded connections. */
export function createRelay(options: RelayOptions): Relay {
  const { gatewayId, system, jwks, http, url } = options
  const crypto = createSoftwareCrypto()
  const client = createClient({ url, gatewayId, system, key: options.key, now: options.now, fetch: http })
  const pinned = jwks && new Map(jwks.map(importVerificationJwk).map((key) => [key.kid, key]))
  const published = createKeyCache(url, http)
  const resolveKey = (kid: string) => (pinned === undefined ? published.resolve(kid) : pinned.get(kid))
  return {
    sign: async (ask) => (await client.signRequest('query', ask)).body,
    async check(answer, body) {
      const verified = await checkAnswer(answer, { gatewayId, system, body }, { crypto, resolveKey })
      return { ...answer, verified }
    },
  }
}
