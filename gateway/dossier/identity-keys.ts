import { importVerificationJwk } from '../adapters/crypto/jwk.ts'
import { watchFileContent } from '../adapters/files/watched-file.ts'
import type { VerificationKey } from '../ports/crypto.ts'

/** How long a key the provider took away may go unseen. */
const LOOK_EVERY_MS = 1_000

/** Public keys of the identity provider, from a JWKS file that is read again when it changes. Absent or faulty: none. */
export function createIdentityKeys(
  path: string,
  now: () => number,
  onFault: (path: string) => void,
): (kid: string) => Promise<VerificationKey | undefined> {
  const file = watchFileContent<ReadonlyMap<string, VerificationKey>>({
    path,
    parse(text) {
      const { keys } = JSON.parse(text) as { keys: Record<string, unknown>[] }
      return new Map(keys.map(importVerificationJwk).map((key) => [key.kid, key]))
    },
    unusable: new Map(),
    intervalMs: LOOK_EVERY_MS,
    now,
    onFault,
  })
  return async (kid) => (await file.read())?.get(kid)
}
