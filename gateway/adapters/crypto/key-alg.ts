import { createPublicKey, type KeyObject } from 'node:crypto'
import type { SignatureAlg } from '../../ports/crypto.ts'

/**
 * DER in front of the point of an SM2 public key: SEQUENCE { SEQUENCE { id-ecPublicKey, 1.2.156.10197.1.301 }, BIT STRING, 04 }.
 * Compared whole, so that explicit parameters and compressed points are not taken for the named curve.
 */
export const SM2_SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex')

/** A key of the wrong kind for what was asked of it: a fault of configuration, never of the message. */
export class CryptoKeyError extends Error {
  override readonly name = 'CryptoKeyError'
}

interface KnownKey {
  alg: SignatureAlg
  /** x‖y of an SM2 key, 64 bytes. */
  point?: Buffer
}
const known = new WeakMap<KeyObject, KnownKey>()

/** What the key can be used for; asked of OpenSSL once per key. Throws `CryptoKeyError` for kinds we do not use. */
export function keyAlg(key: KeyObject): KnownKey {
  let found = known.get(key)
  if (!found) {
    found = inspect(key)
    known.set(key, found)
  }
  return found
}

export function assertKeyAlg(key: KeyObject, alg: SignatureAlg): KnownKey {
  const found = keyAlg(key)
  if (found.alg !== alg) throw new CryptoKeyError(`key is for ${found.alg}, not for ${alg}`)
  return found
}

function inspect(key: KeyObject): KnownKey {
  if (key.type === 'secret') throw new CryptoKeyError('a secret key neither signs nor verifies')
  const type: string | undefined = key.asymmetricKeyType
  if (type === 'ed25519') return { alg: 'EdDSA' }
  if (type === 'ec') {
    const curve = key.asymmetricKeyDetails?.namedCurve
    if (curve === 'prime256v1') return { alg: 'ES256' }
    // A key pair fresh from `generateKeyPairSync` is an ordinary EC key to OpenSSL: it would make, and accept, plain ECDSA (R83).
    throw new CryptoKeyError(`curve ${curve} is not supported${curve === 'SM2' ? ' before export and import' : ''}`)
  }
  if (type !== undefined) throw new CryptoKeyError(`keys of type ${type} are not supported`)

  // An imported SM2 key has no type name in Node, so the curve is read from the encoded key. Never `sec1`: it aborts Node 20.
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
  if (spki.length !== SM2_SPKI_HEAD.length + 64 || !spki.subarray(0, SM2_SPKI_HEAD.length).equals(SM2_SPKI_HEAD))
    throw new CryptoKeyError('the key is on no supported curve')
  return { alg: 'SM2', point: Buffer.from(spki.subarray(SM2_SPKI_HEAD.length)) }
}
