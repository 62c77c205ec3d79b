import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import type { StoredProfile } from '../ports/dialect-profiles.ts'

type Owner = Pick<StoredProfile, 'id' | 'rid' | 'sid' | 'system'>

/**
 * Seals the shared secrets of old callers. Every requester has a key of its own, derived from the installation's; profile,
 * service and system are associated data: a secret put beside another system's name does not open.
 */
export function createSecretSeal(crypto: CryptoProvider, master: SecretKey) {
  const keyOf = ({ rid }: Owner): SecretKey => ({
    id: master.id,
    bytes: crypto.mac('SHA-256', master, `dialect-secret/${rid}`),
  })
  const place = ({ id, rid, sid, system }: Owner): string => JSON.stringify(['dialect-secret', id, rid, sid, system])
  return {
    seal: (owner: Owner, secret: Buffer): Buffer => crypto.seal('A256GCM', keyOf(owner), secret, place(owner)),
    /** `undefined` for what was altered, moved or sealed by another installation. */
    open(owner: Owner & Pick<StoredProfile, 'sealedSecret'>): Buffer | undefined {
      try {
        return crypto.open('A256GCM', keyOf(owner), owner.sealedSecret, place(owner))
      } catch {
        return undefined
      }
    },
  }
}
export type SecretSeal = ReturnType<typeof createSecretSeal>
