import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/**
 * How the platform wraps a refreshed secret under the authorisation code. The derivation is not in any public text:
 * `sha1prng` is what a Java key generator seeded with the code gives, `first-16` takes the code's first 16 bytes;
 * `none` is a platform that sends it plain. Check against the platform's own document.
 */
export const SECRET_CIPHERS = ['sha1prng', 'first-16', 'none'] as const
export type SecretCipher = (typeof SECRET_CIPHERS)[number]

/** Errors: throws, quoting nothing, when the text was not wrapped under this code. */
export function unwrapSecret(wrapped: string, code: string, cipher: SecretCipher): string {
  if (cipher === 'none') return wrapped
  const decipher = createDecipheriv('aes-128-ecb', wrappingKey(code, cipher), null)
  const plain = Buffer.concat([decipher.update(Buffer.from(wrapped, 'base64')), decipher.final()])
  return new TextDecoder('utf-8', { fatal: true }).decode(plain)
}

/** The platform's side, for its simulator. */
export function wrapSecret(secret: string, code: string, cipher: SecretCipher): string {
  if (cipher === 'none') return secret
  const encipher = createCipheriv('aes-128-ecb', wrappingKey(code, cipher), null)
  return Buffer.concat([encipher.update(secret, 'utf8'), encipher.final()]).toString('base64')
}

function wrappingKey(code: string, cipher: SecretCipher): Buffer {
  const bytes = Buffer.from(code, 'utf8')
  if (cipher === 'first-16') return Buffer.concat([bytes, Buffer.alloc(16)]).subarray(0, 16)
  const once = createHash('sha1').update(bytes).digest()
  return createHash('sha1').update(once).digest().subarray(0, 16)
}

/**
 * Seals what is stored between refreshes under a key made from the authorisation code, which lies in the installation's
 * files: the store never sees a secret, and every process of the installation can open it.
 */
export function createSecretSeal(code: string, name: string) {
  const key = Buffer.from(hkdfSync('sha256', code, '', `guanyi outbound secret ${name}`, 32))
  return {
    seal(plain: string): Buffer {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
      return Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },
    /** `undefined` for what was sealed under another code or altered. */
    open(sealed: Buffer): string | undefined {
      if (sealed.length < 28) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(name))
        decipher.setAuthTag(sealed.subarray(-16))
        return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
