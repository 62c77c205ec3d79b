import { createHash, createSign, createVerify, type KeyObject } from 'node:crypto'
import { assertKeyAlg, CryptoKeyError } from './key-alg.ts'
import { inRange, sm2DerToRaw, sm2RawToDer } from './sm2-signature.ts'

/** Signer identity where partners agreed on none. Source: GB/T 35276. */
export const DEFAULT_SIGNER_ID = '1234567812345678'

/** a, b, Gx, Gy of the recommended curve. Source: GB/T 32918.5. */
const CURVE = Buffer.from(
  'FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC' +
    '28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93' +
    '32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7' +
    'BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0',
  'hex',
)

const zaOfKey = new WeakMap<KeyObject, Map<string, Buffer>>()

/** ZA, the digest of identity, curve and public point that goes before the message. Source: GB/T 32918.2 §5.5. */
export function sm2Za(key: KeyObject, signerId: string): Buffer {
  const point = assertKeyAlg(key, 'SM2').point!
  let remembered = zaOfKey.get(key)
  if (!remembered) {
    remembered = new Map()
    zaOfKey.set(key, remembered)
  }
  let za = remembered.get(signerId)
  if (!za) {
    const identity = Buffer.from(signerId, 'utf8')
    if (identity.length > 8191) throw new CryptoKeyError('the signer identity is longer than 65,535 bits')
    const bits = Buffer.alloc(2)
    bits.writeUInt16BE(identity.length * 8)
    za = createHash('sm3').update(bits).update(identity).update(CURVE).update(point).digest()
    remembered.set(signerId, za)
  }
  return za
}

/**
 * SM2-with-SM3 signature, r‖s.
 *
 * OpenSSL hashes what `createSign('sm3')` is fed and signs that digest with the SM2 equation, without ZA of its own: feeding ZA first gives
 * the standard signature for any identity. One-shot `crypto.sign` would take the empty identity. Synchronous: 0.35 ms on the event loop.
 */
export function signSm2(key: KeyObject, signerId: string, data: Uint8Array): Buffer {
  if (key.type !== 'private') throw new CryptoKeyError('signing needs the private key')
  const raw = sm2DerToRaw(createSign('sm3').update(sm2Za(key, signerId)).update(data).sign(key))
  if (!raw) throw new CryptoKeyError('the library gave no well-formed SM2 signature')
  return raw
}

/** True when the 64 bytes r‖s are the signature of one of the identities, tried in order (R82). */
export function verifySm2(
  key: KeyObject,
  signerIds: readonly string[],
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  assertKeyAlg(key, 'SM2')
  if (!inRange(signature)) return false
  const der = sm2RawToDer(signature)
  return signerIds.some((id) => createVerify('sm3').update(sm2Za(key, id)).update(data).verify(key, der))
}
