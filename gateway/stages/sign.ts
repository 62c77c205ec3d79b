import { issueEvidence } from '../evidence/sd-jwt.ts'
import type { Shaped, Signed } from '../exchange.ts'
import type { CryptoProvider, SigningKey } from '../ports/crypto.ts'

export interface SignDeps {
  gatewayId: string
  crypto: CryptoProvider
  /** The key in use now; keys rotate while the gateway runs. */
  signingKey: () => SigningKey
  now: () => number
}

/** Issues the evidence: an SD-JWT whose issuer-signed part holds digests only (design §7, RFC 9901). */
export const createSign = ({ gatewayId, crypto, signingKey, now }: SignDeps) =>
  async function sign(exchange: Shaped): Promise<Signed> {
    const { request, sender, acting, decision } = exchange
    const { compact, issuerJwt } = await issueEvidence(
      {
        iss: gatewayId,
        aud: sender.system.id,
        iat: Math.floor(now() / 1000),
        jti: exchange.exchangeId,
        requestHash: exchange.requestHash,
        mode: exchange.received.op,
        scenario: request.scenario,
        ...(request.item !== undefined && { item: request.item }),
        ...(request.case !== undefined && { case: request.case }),
        ...(request.application !== undefined && { application: request.application }),
        purpose: request.purpose,
        ...(request.via !== undefined && { via: request.via }),
        ...(acting.id !== sender.member.id && { onBehalfOf: acting.id }),
        subject: { type: request.subject.type, idType: request.subject.idType, id: request.subject.id },
        ...(request.parties && { parties: request.parties }),
        catalogVersion: exchange.catalog.version,
        policyVersion: decision.policyVersion,
        grants: decision.grants,
        sources: exchange.sources,
        data: exchange.data,
        ...(exchange.results && { results: exchange.results }),
      },
      { crypto, key: signingKey(), random: (bytes) => crypto.random(bytes) },
    )
    return { ...exchange, evidence: compact, issuerJwt }
  }
