import {
  type CompactJws,
  JwsFormatError,
  type JwsHeader,
  parseCompactJws,
  verifyCompactJws,
} from '../jose/compact-jws.ts'
import type { CryptoProvider, VerificationKey } from '../ports/crypto.ts'
import {
  applyDisclosures,
  type DisclosedValue,
  type DisclosureFault,
  parsePayload,
  SdJwtError,
  splitSdJwt,
} from './disclosures.ts'
import { EVIDENCE_TYP } from './sd-jwt.ts'

export { disclose } from './disclose.ts'
export type { DisclosedValue } from './disclosures.ts'

export type EvidenceFault = DisclosureFault | 'header' | 'key' | 'signature'
export type VerifiedEvidence =
  | { ok: true; header: JwsHeader; claims: Record<string, unknown>; disclosed: DisclosedValue[] }
  | { ok: false; fault: EvidenceFault }

export interface VerifyDeps {
  /** Keys by number: the gateway's JWKS, or what an offline reader keeps of it. */
  resolveKey(kid: string): VerificationKey | undefined | Promise<VerificationKey | undefined>
  crypto: CryptoProvider
}

/**
 * Whether the evidence was issued under one of the keys, unaltered, and what it says.
 *
 * Shape:  `claims` has the disclosed values in their places; values kept hidden are absent, so absence proves nothing. The issuer-signed JWT
 *         alone, closed by `~`, is evidence without any value.
 * Errors: `fault`; throws only when a key is misconfigured or cannot be looked up. `iss`, `aud` and age are for the reader to judge.
 * Source: RFC 9901 §7.1.
 */
export async function verifyEvidence(compact: string, { resolveKey, crypto }: VerifyDeps): Promise<VerifiedEvidence> {
  try {
    const { issuerJwt, disclosures } = splitSdJwt(compact)
    const jws = parseIssuerJwt(issuerJwt)
    if (!jws || jws.header.typ !== EVIDENCE_TYP) return { ok: false, fault: 'header' }
    const key = await resolveKey(jws.header.kid)
    if (!key) return { ok: false, fault: 'key' }
    // First the signature: nothing of an unsigned payload is interpreted.
    if (!(await verifyCompactJws(crypto, jws, key))) return { ok: false, fault: 'signature' }

    const digest = (disclosure: string) => crypto.digestBase64url('SHA-256', disclosure)
    const { claims, disclosed } = applyDisclosures(parsePayload(jws.payloadBytes), disclosures, digest)
    return { ok: true, header: jws.header, claims, disclosed: disclosed.map(({ path, value }) => ({ path, value })) }
  } catch (thrown) {
    if (thrown instanceof SdJwtError) return { ok: false, fault: thrown.fault }
    throw thrown
  }
}

function parseIssuerJwt(issuerJwt: string): CompactJws | undefined {
  try {
    // Text beyond ASCII becomes several bytes and is refused there.
    return parseCompactJws(Buffer.from(issuerJwt, 'utf8'))
  } catch (thrown) {
    if (thrown instanceof JwsFormatError) return undefined
    throw thrown
  }
}
