import { join } from 'node:path'
import type { SecretKey } from '../../ports/crypto.ts'
import { readKeyFile } from './key-files.ts'

/** What each secret is for; no two purposes share one (design §8–§9). */
export const SECRET_PURPOSES = ['subject-digest', 'cache-digest', 'cache-seal', 'record-seal', 'cursor'] as const
export type SecretPurpose = (typeof SECRET_PURPOSES)[number]

export const SECRETS_FILE = 'secrets.json'

export type SecretsFile = Record<SecretPurpose, { id: string; secret: string }>

/** Reads every secret. Errors: a sentence naming the purpose that lacks one, or says that two share one. */
export async function readSecrets(dir: string): Promise<Map<SecretPurpose, SecretKey>> {
  const stored = (await readKeyFile(join(dir, SECRETS_FILE))) as Partial<SecretsFile> | null
  const secrets = new Map(SECRET_PURPOSES.map((purpose) => [purpose, secretOf(purpose, stored?.[purpose])]))
  if (new Set([...secrets.values()].map(({ bytes }) => bytes.toString('hex'))).size < secrets.size)
    throw new Error(`${SECRETS_FILE} 中不同用途使用了同一密钥 / two purposes share one secret`)
  return secrets
}

function secretOf(purpose: SecretPurpose, stored: Partial<SecretsFile[SecretPurpose]> | undefined): SecretKey {
  const bytes = Buffer.from(typeof stored?.secret === 'string' ? stored.secret : '', 'base64url')
  if (typeof stored?.id !== 'string' || stored.id === '' || bytes.length !== 32)
    throw new Error(`${SECRETS_FILE} 缺少 32 字节的 ${purpose} / lacks 32 bytes for ${purpose}`)
  return { id: stored.id, bytes }
}
