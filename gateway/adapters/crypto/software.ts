import { createHmac, sign as cryptoSign, verify as cryptoVerify, hash, randomBytes, randomFillSync } from 'node:crypto'
import type { CryptoProvider, DigestAlg, SigningKey, VerificationKey } from '../../ports/crypto.ts'
import { assertKeyAlg, CryptoKeyError } from './key-alg.ts'
import { open, seal } from './sealing.ts'
import { DEFAULT_SIGNER_ID, signSm2, verifySm2 } from './sm2.ts'

const HASHES: Record<DigestAlg, string> = { 'SHA-256': 'sha256', SM3: 'sm3' }
const SIGNATURE_BYTES = 64

/**
 * Cryptography in this process, by OpenSSL through `node:crypto`; keys lie in memory, so production may want a sealed device (R80).
 *
 * ES256 and EdDSA run in the thread pool; SM2 cannot (ZA must be fed first, and only the streaming interface takes it).
 * Errors: `CryptoKeyError` when the key is not of the algorithm it is named for; otherwise as the port says.
 */
export function createSoftwareCrypto(): CryptoProvider {
  return {
    async sign(key, data) {
      assertKeyAlg(key.key, key.alg)
      if (key.key.type !== 'private') throw new CryptoKeyError('signing needs the private key')
      return key.alg === 'SM2' ? signSm2(key.key, key.signerId ?? DEFAULT_SIGNER_ID, data) : signInPool(key, data)
    },
    async verify(key, data, signature) {
      assertKeyAlg(key.key, key.alg)
      if (signature.length !== SIGNATURE_BYTES) return false
      if (key.alg === 'SM2') return verifySm2(key.key, key.signerIds ?? [DEFAULT_SIGNER_ID], data, signature)
      return verifyInPool(key, data, signature)
    },
    digest: (alg, data) => hash(HASHES[alg], data, 'buffer'),
    digestBase64url: (alg, data) => hash(HASHES[alg], data, 'base64url'),
    mac(alg, key, data) {
      if (key.bytes.length === 0) throw new CryptoKeyError('a keyed digest needs a key')
      return createHmac(HASHES[alg], key.bytes).update(data).digest()
    },
    seal,
    open,
    random: randomFromPool(),
  }
}

function signInPool(key: SigningKey, data: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, signature: Buffer) => (error ? reject(error) : resolve(signature))
    if (key.alg === 'EdDSA') cryptoSign(null, data, key.key, done)
    else cryptoSign('sha256', data, { key: key.key, dsaEncoding: 'ieee-p1363' }, done)
  })
}

function verifyInPool(key: VerificationKey, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, valid: boolean) => (error ? reject(error) : resolve(valid))
    if (key.alg === 'EdDSA') cryptoVerify(null, data, key.key, signature, done)
    else cryptoVerify('sha256', data, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature, done)
  })
}

const POOL_BYTES = 16_384

/**
 * Random bytes out of a pool that is filled in one call: an exchange draws a dozen small values, and each call into the
 * generator costs more than its bytes. What was handed out is wiped from the pool.
 */
function randomFromPool(): (bytes: number) => Buffer {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES)
  let at = POOL_BYTES
  return (bytes) => {
    if (bytes > POOL_BYTES / 4) return randomBytes(bytes)
    if (at + bytes > POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    const drawn = Buffer.from(pool.subarray(at, at + bytes))
    pool.fill(0, at, at + bytes)
    at += bytes
    return drawn
  }
}
