import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'

/** Keyed digests and sealed texts of what is reported; the keys are those of records. */
export interface SealedValues {
  digest(text: string): string
  /** `kind` and `id` are associated data: a sealed text opens only where it was put. */
  seal(kind: string, id: string, plain: string): Buffer
  open(kind: string, id: string, sealed: Buffer): string
}

export function createSealedValues(crypto: CryptoProvider, digestKey: SecretKey, sealKey: SecretKey): SealedValues {
  return {
    digest: (text) => `${digestKey.id}:${crypto.mac('SHA-256', digestKey, text).toString('base64url')}`,
    seal: (kind, id, plain) => crypto.seal('A256GCM', sealKey, Buffer.from(plain), `${kind}:${id}`),
    open: (kind, id, sealed) => crypto.open('A256GCM', sealKey, sealed, `${kind}:${id}`).toString('utf8'),
  }
}
