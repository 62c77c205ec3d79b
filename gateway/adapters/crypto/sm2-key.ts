import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { SigningKey, VerificationKey } from '../../ports/crypto.ts'
import { assertKeyAlg, CryptoKeyError, SM2_SPKI_HEAD } from './key-alg.ts'

/** DER around the numbers of an SM2 private key with its named curve, 1.2.156.10197.1.301; 32 bytes each. */
const PKCS8_HEAD = Buffer.from('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420', 'hex')
const PKCS8_POINT = Buffer.from('a14403420004', 'hex')
/** Where the private number lies in the PKCS#8 form above. */
const PKCS8_D = PKCS8_HEAD.length

interface Sm2Options {
  kid: string
  /** PEM text, or DER bytes. */
  key: string | Buffer
  /** Identities accepted when verifying, in order (R82). */
  signerIds?: string[]
}

/** A partner's SM2 public key, SPKI in PEM or DER. */
export function importSm2PublicKey({ kid, key, signerIds }: Sm2Options): VerificationKey {
  const imported = guarded(() => createPublicKey(typeof key === 'string' ? key : { key, type: 'spki', format: 'der' }))
  assertKeyAlg(imported, 'SM2')
  return { alg: 'SM2', kid, key: imported, ...(signerIds === undefined ? {} : { signerIds }) }
}

/** Our own SM2 private key, PKCS#8 in PEM or DER. */
export function importSm2PrivateKey({ kid, key, signerIds, signerId }: Sm2Options & { signerId?: string }): SigningKey {
  const imported = guarded(() =>
    createPrivateKey(typeof key === 'string' ? key : { key, type: 'pkcs8', format: 'der' }),
  )
  assertKeyAlg(imported, 'SM2')
  const accepted = signerIds ?? (signerId === undefined ? undefined : [signerId])
  return {
    alg: 'SM2',
    kid,
    key: imported,
    ...(signerId === undefined ? {} : { signerId }),
    ...(accepted === undefined ? {} : { signerIds: accepted }),
  }
}

/** Node knows no SM2 JWK, so the DER is put together from the numbers; the caller has checked their shape. */
export function sm2KeyFromJwk({ x, y, d }: Record<string, unknown>): KeyObject {
  const point = Buffer.concat([Buffer.from(String(x), 'base64url'), Buffer.from(String(y), 'base64url')])
  const publicKey = guarded(() =>
    createPublicKey({ key: Buffer.concat([SM2_SPKI_HEAD, point]), type: 'spki', format: 'der' }),
  )
  if (d === undefined) return publicKey
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(String(d), 'base64url'), PKCS8_POINT, point])
  return guarded(() => createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }))
}

export function sm2KeyToJwk(key: KeyObject): { kty: 'EC'; crv: 'SM2'; x: string; y: string; d?: string } {
  const point = assertKeyAlg(key, 'SM2').point!
  const x = point.subarray(0, 32).toString('base64url')
  const y = point.subarray(32).toString('base64url')
  if (key.type === 'public') return { kty: 'EC', crv: 'SM2', x, y }
  const der = key.export({ type: 'pkcs8', format: 'der' })
  if (!der.subarray(0, PKCS8_D).equals(PKCS8_HEAD))
    throw new CryptoKeyError('the private key is encoded in an unexpected way')
  return { kty: 'EC', crv: 'SM2', x, y, d: der.subarray(PKCS8_D, PKCS8_D + 32).toString('base64url') }
}

function guarded(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch {
    throw new CryptoKeyError('the text holds no usable key') // the library's message might quote it
  }
}
