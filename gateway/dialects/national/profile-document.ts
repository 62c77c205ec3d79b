import { JwsFormatError, parseCompactJws, signCompactJws, verifyCompactJws } from '../../jose/compact-jws.ts'
import type { OperatorRegistry } from '../../operators/registry.ts'
import type { OperatorRole } from '../../operators/types.ts'
import type { CryptoProvider, SigningKey } from '../../ports/crypto.ts'
import type { StoredProfile } from '../../ports/dialect-profiles.ts'
import { type DialectProfile, profileFaults } from './profile.ts'

const TYP = 'dialect-profile+jws'
/** Authorisations are the security administrator's business (R70). */
export const PROFILE_SIGNER: OperatorRole = 'security-administrator'

export const signProfile = (crypto: CryptoProvider, key: SigningKey, profile: DialectProfile): Promise<string> =>
  signCompactJws(crypto, key, { typ: TYP }, JSON.stringify(profile))

/** Why a stored profile admits nobody. */
export type ProfileFaultWord = 'profile-altered' | 'profile-signer' | 'profile-elsewhere'

export type Checked = { ok: true; profile: DialectProfile } | { ok: false; fault: ProfileFaultWord }

export interface CheckProfileDeps {
  crypto: CryptoProvider
  registry: Pick<OperatorRegistry, 'find'>
  gatewayId: string
}

/**
 * The profile a stored document holds, when it holds at this moment: signed by a key of somebody who is a security
 * administrator now, for this gateway, about this caller and service.
 *
 * Errors: what the registry throws while it is faulty; then nobody is admitted.
 */
export async function checkProfile(
  { crypto, registry, gatewayId }: CheckProfileDeps,
  stored: Pick<StoredProfile, 'id' | 'rid' | 'sid' | 'system' | 'document'>,
): Promise<Checked> {
  const opened = openDocument(stored.document)
  if (opened === undefined) return { ok: false, fault: 'profile-altered' }
  const { jws, profile } = opened
  const signer = await registry.find(profile.signedBy)
  const key = signer?.keys.get(jws.header.kid)
  if (signer?.status !== 'active' || signer.operator.role !== PROFILE_SIGNER || key === undefined)
    return { ok: false, fault: 'profile-signer' }
  if (!(await verifyCompactJws(crypto, jws, key))) return { ok: false, fault: 'profile-altered' }
  if (profile.gateway !== gatewayId) return { ok: false, fault: 'profile-elsewhere' }
  const same = (['id', 'rid', 'sid', 'system'] as const).every((member) => profile[member] === stored[member])
  return same ? { ok: true, profile } : { ok: false, fault: 'profile-altered' }
}

/** What a document says, believed or not; `undefined` when it says nothing readable. */
export function openDocument(document: string) {
  try {
    const jws = parseCompactJws(Buffer.from(document))
    const profile: unknown = JSON.parse(jws.payloadBytes.toString('utf8'))
    if (jws.header.typ !== TYP || profileFaults(profile).length > 0) return undefined
    return { jws, profile: profile as DialectProfile }
  } catch (thrown) {
    if (thrown instanceof JwsFormatError || thrown instanceof SyntaxError) return undefined
    throw thrown
  }
}
