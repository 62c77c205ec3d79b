import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { SignatureAlg, SigningKey, VerificationKey } from '../../ports/crypto.ts'
import { CryptoKeyError, keyAlg } from './key-alg.ts'
import { sm2KeyFromJwk, sm2KeyToJwk } from './sm2-key.ts'

/** A key as it stands in a JWKS or a key file. `d` only in the file of its owner. */
export interface Jwk {
  kty: 'EC' | 'OKP'
  /** `SM2` is ours: no registered JWK names the curve. */
  crv: 'P-256' | 'Ed25519' | 'SM2'
  x: string
  y?: string
  d?: string
  kid: string
  alg: SignatureAlg
  use?: 'sig'
  /** SM2 only: identity used for signing, identities accepted. */
  signerId?: string
  signerIds?: string[]
}

const ALG_OF_CURVE: Record<string, { kty: string; alg: SignatureAlg; names: string[] }> = {
  'P-256': { kty: 'EC', alg: 'ES256', names: ['ES256'] },
  // RFC 9864 renames EdDSA over this curve; keys under either name are one kind to us.
  Ed25519: { kty: 'OKP', alg: 'EdDSA', names: ['EdDSA', 'Ed25519'] },
  SM2: { kty: 'EC', alg: 'SM2', names: ['SM2'] },
}
const COORDINATE = /^[A-Za-z0-9_-]{43}$/

/**
 * The public key of a registered system.
 *
 * Errors: `CryptoKeyError` for a key without `kid`, of another type, curve or use, off the curve, or with its private half: a secret that
 *         reached a register is a secret lost, and must not go on in silence.
 * Source: RFC 7517, RFC 7518 §6.2, RFC 8037.
 */
export function importVerificationJwk(jwk: Record<string, unknown>): VerificationKey {
  const key = importJwk(jwk)
  if (key.key.type === 'private')
    throw new CryptoKeyError('a public key is wanted, and this one holds the private half')
  return key
}

/** The private key of its owner. */
export function importSigningJwk(jwk: Record<string, unknown>): SigningKey {
  const key = importJwk(jwk)
  if (key.key.type !== 'private') throw new CryptoKeyError('a private key is wanted')
  const { d: _private, ...publicMembers } = jwk
  // The encoded form carries both halves; with a wrong public half every signature made here would be refused elsewhere.
  if (!createPublicKey(key.key).equals(importJwk(publicMembers).key) || !halvesMatch(key.key))
    throw new CryptoKeyError('the halves of the key do not belong together')
  return key
}

function halvesMatch(key: KeyObject): boolean {
  const probe = Buffer.from('halves')
  const hash = keyAlg(key).alg === 'EdDSA' ? null : keyAlg(key).alg === 'SM2' ? 'sm3' : 'sha256'
  return verify(hash, probe, createPublicKey(key), sign(hash, probe, key))
}

/** Either half, as the JWK holds it. */
export function importJwk(jwk: Record<string, unknown>): VerificationKey | SigningKey {
  const { kid, crv, kty, alg, use } = jwk
  const kind = typeof crv === 'string' && Object.hasOwn(ALG_OF_CURVE, crv) ? ALG_OF_CURVE[crv] : undefined
  if (!kind || kty !== kind.kty) throw new CryptoKeyError('the key is of no supported type and curve')
  if (typeof kid !== 'string' || kid === '' || kid.length > 256) throw new CryptoKeyError('the key has no usable `kid`')
  if (alg !== undefined && !kind.names.includes(String(alg))) throw new CryptoKeyError('`alg` does not fit the curve')
  if (use !== undefined && use !== 'sig') throw new CryptoKeyError('the key is not for signatures')
  for (const member of kty === 'EC' ? ['x', 'y'] : ['x'])
    if (!COORDINATE.test(String(jwk[member]))) throw new CryptoKeyError(`\`${member}\` is not 32 bytes`)
  if (jwk.d !== undefined && !COORDINATE.test(String(jwk.d))) throw new CryptoKeyError('`d` is not 32 bytes')

  const key = crv === 'SM2' ? sm2KeyFromJwk(jwk) : importNative(jwk)
  return { alg: kind.alg, kid, key, ...(crv === 'SM2' ? sm2Identities(jwk) : {}) }
}

function importNative(jwk: Record<string, unknown>): KeyObject {
  const { kty, crv, x, y, d } = jwk
  const members = { kty, crv, x, ...(y === undefined ? {} : { y }), ...(d === undefined ? {} : { d }) } as JsonWebKey
  try {
    return d === undefined
      ? createPublicKey({ key: members, format: 'jwk' })
      : createPrivateKey({ key: members, format: 'jwk' })
  } catch {
    throw new CryptoKeyError('the key’s numbers make no key') // the library's message might quote them
  }
}

function sm2Identities({ signerId, signerIds }: Record<string, unknown>): Pick<SigningKey, 'signerId' | 'signerIds'> {
  if (signerId !== undefined && typeof signerId !== 'string') throw new CryptoKeyError('`signerId` is not text')
  if (signerIds !== undefined && !(Array.isArray(signerIds) && signerIds.every((id) => typeof id === 'string')))
    throw new CryptoKeyError('`signerIds` is not a list of texts')
  const accepted = (signerIds as string[] | undefined) ?? (signerId === undefined ? undefined : [signerId])
  return { ...(signerId === undefined ? {} : { signerId }), ...(accepted === undefined ? {} : { signerIds: accepted }) }
}

/** A new private key, as a JWK for its owner's file. */
export function generateJwk(alg: SignatureAlg, kid: string): Jwk {
  return exportJwk({ alg, kid, key: generateKey(alg) }, 'private')
}

/** The half that may be published. */
export function toPublicJwk(key: VerificationKey): Jwk {
  return exportJwk(key, 'public')
}

function exportJwk({ alg, kid, key, signerIds }: VerificationKey, half: 'public' | 'private'): Jwk {
  if (keyAlg(key).alg !== alg) throw new CryptoKeyError(`key is not for ${alg}`)
  const wanted = half === 'public' && key.type === 'private' ? createPublicKey(key) : key
  const { kty, crv, x, y, d } = (alg === 'SM2' ? sm2KeyToJwk(wanted) : wanted.export({ format: 'jwk' })) as Partial<Jwk>
  return {
    kty: kty!,
    crv: crv!,
    x: x!,
    ...(y === undefined ? {} : { y }),
    ...(d === undefined ? {} : { d }),
    kid,
    alg,
    use: 'sig',
    ...(signerIds === undefined ? {} : { signerIds }),
  }
}

function generateKey(alg: SignatureAlg): KeyObject {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519').privateKey
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  // Out and in again: the fresh key is an ordinary EC key to OpenSSL and would sign plain ECDSA (R83).
  const fresh = generateKeyPairSync('ec', { namedCurve: 'SM2' }).privateKey.export({ type: 'pkcs8', format: 'der' })
  return createPrivateKey({ key: fresh, type: 'pkcs8', format: 'der' })
}
