import type { VerificationKey } from './crypto.ts'

/** Finds the public keys of registered systems. */
export interface KeySource {
  /**
   * The key a system signs with, or `undefined` when that system has no such key now.
   *
   * A rotated JWKS takes effect without restart: an unknown `kid` makes the adapter look again before it says no
   * (at most once a second per system, so that strangers cannot make it read without end).
   */
  find(systemId: string, kid: string): Promise<VerificationKey | undefined>
}
