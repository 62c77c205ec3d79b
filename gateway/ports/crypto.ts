import type { KeyObject } from 'node:crypto'

/** Signature algorithms by their JOSE name; `SM2` is SM2-with-SM3 (GB/T 32918.2), which has no registered JOSE name. */
export type SignatureAlg = 'ES256' | 'EdDSA' | 'SM2'
export type DigestAlg = 'SHA-256' | 'SM3'
export type SealAlg = 'A256GCM' | 'SM4-CTR-HMAC-SM3'

export interface VerificationKey {
  alg: SignatureAlg
  kid: string
  key: KeyObject
  /** SM2 signer identities accepted, in order (R82); default `1234567812345678`. */
  signerIds?: string[]
}
export interface SigningKey extends VerificationKey {
  /** SM2 signer identity used when signing. */
  signerId?: string
}

/** A secret for sealing or keyed digests, with the number it is stored under. */
export interface SecretKey {
  id: string
  /** 32 bytes for A256GCM and HMAC; 48 bytes (16 SM4 + 32 HMAC) for SM4-CTR-HMAC-SM3. */
  bytes: Buffer
}

/**
 * All cryptography of the gateway (R80): software here, a sealed device or signing service in production.
 *
 * Shape:  signatures are in JOSE form (r‖s for ES256, 64 bytes for EdDSA, r‖s for SM2).
 * Errors: `verify` returns false for a bad signature and for a signature of the wrong shape; `open` throws when the
 *         text was altered, was sealed under other associated data, or is not sealed text.
 */
export interface CryptoProvider {
  sign(key: SigningKey, data: Uint8Array): Promise<Buffer>
  verify(key: VerificationKey, data: Uint8Array, signature: Uint8Array): Promise<boolean>
  digest(alg: DigestAlg, data: Uint8Array | string): Buffer
  /** The same as base64url text; a third of the cost where many short texts are hashed (evidence). */
  digestBase64url(alg: DigestAlg, data: Uint8Array | string): string
  /** HMAC-SHA-256 or HMAC-SM3. */
  mac(alg: DigestAlg, key: SecretKey, data: Uint8Array | string): Buffer
  seal(alg: SealAlg, key: SecretKey, plain: Uint8Array, associated: Uint8Array | string): Buffer
  open(alg: SealAlg, key: SecretKey, sealed: Uint8Array, associated: Uint8Array | string): Buffer
  random(bytes: number): Buffer
}
