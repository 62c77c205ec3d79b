import { createHash, randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { type EvidenceClaims, issueEvidence } from '../../gateway/evidence/sd-jwt.ts'
import { parseCompactJws, verifyCompactJws } from '../../gateway/jose/compact-jws.ts'
import { type ForeignService, foreignService, json, type Seen } from './foreign-service.ts'

export const HOP = 'guanyi:371000'
export const SYSTEM = 'county-gateway'

/** What a test lets the peer answer, and change in what it signs or sends. */
export interface PeerAnswer {
  data?: EvidenceClaims['data']
  source?: object
  claims?: (claims: EvidenceClaims) => object
  /** Applied to the JSON after signing. */
  body?: (body: Record<string, unknown>) => unknown
}

export interface PeerGateway {
  service: ForeignService
  /** Private key of our system there. */
  key: string
  jwks: string
  /** Verified payloads of the questions, in order. */
  asked: Record<string, unknown>[]
  answer: (payload: Record<string, unknown>) => PeerAnswer
  /** Stands in front; `true` = it has dealt with the call. */
  intercept: (request: Seen, response: ServerResponse) => boolean
}

/** Another gateway's data plane, as far as a query goes: checks our signature, issues real evidence, publishes its keys. */
export async function peerGateway(): Promise<PeerGateway> {
  const crypto = createSoftwareCrypto()
  const ours = generateJwk('ES256', 'county-1')
  const theirs = importSigningJwk({ ...generateJwk('ES256', 'city-1') })
  const oursPublic = importSigningJwk({ ...ours })
  const jwks = { keys: [toPublicJwk(theirs)] }

  const respond = async (request: Seen, response: ServerResponse): Promise<void> => {
    if (peer.intercept(request, response)) return
    if (request.url === '/.well-known/jwks.json') return json(response, jwks)
    if (request.url === '/readyz') return json(response, { ready: true })
    const jws = parseCompactJws(Buffer.from(request.body))
    if (!(await verifyCompactJws(crypto, jws, oursPublic))) return json(response, { code: 'request.signature' }, 401)
    const payload = JSON.parse(jws.payloadBytes.toString('utf8'))
    peer.asked.push(payload)
    const given = peer.answer(payload)
    const dataset = String(payload.fields[0]).split('.')[0] ?? ''
    const exchangeId = randomUUID()
    const claims: EvidenceClaims = {
      iss: HOP,
      aud: SYSTEM,
      iat: payload.iat,
      jti: exchangeId,
      requestHash: createHash('sha256').update(request.body).digest('base64url'),
      mode: 'query',
      scenario: payload.scenario,
      subject: payload.subject,
      catalogVersion: 'c',
      policyVersion: 'p',
      grants: ['g'],
      sources: {
        [dataset]: {
          provider: 'wh-gaj',
          status: 'ok',
          asOf: '2026-11-19T16:00:00.000Z',
          fetchedAt: '2026-11-19T16:00:00.000Z',
          cache: 'bypass',
          masked: [],
          ...given.source,
        },
      } as EvidenceClaims['sources'],
      data: given.data ?? {},
    }
    const signed = { ...claims, ...given.claims?.(claims) }
    const { compact } = await issueEvidence(signed, { crypto, key: theirs, random: (bytes) => crypto.random(bytes) })
    const { sources, data } = claims
    const decision = { grants: ['g'], policies: [] }
    const body = { exchangeId, complete: true, data, sources, decision, evidence: compact }
    json(response, given.body?.(body) ?? body)
  }
  const service = await foreignService((request, response) => {
    respond(request, response).catch(() => json(response, { code: 'internal' }, 500))
  })
  const peer: PeerGateway = {
    service,
    key: JSON.stringify(ours),
    jwks: JSON.stringify(jwks),
    asked: [],
    answer: () => ({}),
    intercept: () => false,
  }
  return peer
}
