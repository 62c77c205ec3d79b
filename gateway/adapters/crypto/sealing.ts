import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SealAlg, SecretKey } from '../../ports/crypto.ts'
import { CryptoKeyError } from './key-alg.ts'

/** The text is not what was sealed: altered, for another purpose, or no sealed text at all. Says no more, on purpose. */
export class SealedTextError extends Error {
  override readonly name = 'SealedTextError'
  constructor() {
    super('sealed text cannot be opened')
  }
}

interface Scheme {
  keyBytes: number
  seal(key: Buffer, plain: Uint8Array, associated: Buffer): Buffer
  open(key: Buffer, sealed: Buffer, associated: Buffer): Buffer
}

const GCM_VERSION = Buffer.from([1])
const GCM_IV = 12
const GCM_TAG = 16

/** version ‖ 96-bit random IV ‖ ciphertext ‖ 128-bit tag; the version counts as associated data. */
const aes256Gcm: Scheme = {
  keyBytes: 32,
  seal(key, plain, associated) {
    const iv = randomBytes(GCM_IV)
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.concat([GCM_VERSION, associated]))
    return Buffer.concat([GCM_VERSION, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  },
  open(key, sealed, associated) {
    if (sealed.length < 1 + GCM_IV + GCM_TAG || sealed[0] !== GCM_VERSION[0]) throw new SealedTextError()
    const tagAt = sealed.length - GCM_TAG
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + GCM_IV), { authTagLength: GCM_TAG })
    decipher.setAAD(Buffer.concat([GCM_VERSION, associated])).setAuthTag(sealed.subarray(tagAt))
    const plain = decipher.update(sealed.subarray(1 + GCM_IV, tagAt))
    return Buffer.concat([plain, decipher.final()])
  },
}

const SM4_VERSION = Buffer.from([2])
const SM4_KEY = 16
const SM4_IV = 16
const SM3_TAG = 32

/**
 * version ‖ 128-bit random IV ‖ SM4-CTR ciphertext ‖ HMAC-SM3, encrypt then mac with separate keys (R85: Node has no SM4-GCM).
 * The mac covers version ‖ IV ‖ length of the associated data (8 bytes) ‖ associated data ‖ ciphertext, so that no byte can move between them.
 */
const sm4CtrHmacSm3: Scheme = {
  keyBytes: SM4_KEY + 32,
  seal(key, plain, associated) {
    const iv = randomBytes(SM4_IV)
    const cipher = createCipheriv('sm4-ctr', key.subarray(0, SM4_KEY), iv)
    const text = Buffer.concat([cipher.update(plain), cipher.final()])
    return Buffer.concat([SM4_VERSION, iv, text, sm4Mac(key, iv, associated, text)])
  },
  open(key, sealed, associated) {
    if (sealed.length < 1 + SM4_IV + SM3_TAG || sealed[0] !== SM4_VERSION[0]) throw new SealedTextError()
    const tagAt = sealed.length - SM3_TAG
    const iv = sealed.subarray(1, 1 + SM4_IV)
    const text = sealed.subarray(1 + SM4_IV, tagAt)
    if (!timingSafeEqual(sm4Mac(key, iv, associated, text), sealed.subarray(tagAt))) throw new SealedTextError()
    const decipher = createDecipheriv('sm4-ctr', key.subarray(0, SM4_KEY), iv)
    return Buffer.concat([decipher.update(text), decipher.final()])
  },
}

function sm4Mac(key: Buffer, iv: Buffer, associated: Buffer, text: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(associated.length))
  const mac = createHmac('sm3', key.subarray(SM4_KEY))
  return mac.update(SM4_VERSION).update(iv).update(length).update(associated).update(text).digest()
}

const SCHEMES: Record<SealAlg, Scheme> = { A256GCM: aes256Gcm, 'SM4-CTR-HMAC-SM3': sm4CtrHmacSm3 }

export function seal(alg: SealAlg, key: SecretKey, plain: Uint8Array, associated: Uint8Array | string): Buffer {
  return schemeFor(alg, key).seal(key.bytes, plain, toBuffer(associated))
}

/** Throws `SealedTextError` for every text that was not sealed under this key and associated data. */
export function open(alg: SealAlg, key: SecretKey, sealed: Uint8Array, associated: Uint8Array | string): Buffer {
  const scheme = schemeFor(alg, key)
  try {
    return scheme.open(key.bytes, toBuffer(sealed), toBuffer(associated))
  } catch {
    throw new SealedTextError() // OpenSSL's own words differ by the reason; the reader learns only that it failed
  }
}

function schemeFor(alg: SealAlg, key: SecretKey): Scheme {
  const scheme = SCHEMES[alg]
  if (key.bytes.length !== scheme.keyBytes) throw new CryptoKeyError(`${alg} needs a key of ${scheme.keyBytes} bytes`)
  return scheme
}

function toBuffer(data: Uint8Array | string): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}
