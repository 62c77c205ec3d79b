import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SigningKey } from '../../ports/crypto.ts'
import { generateJwk, importSigningJwk } from '../crypto/jwk.ts'
import { readKeyFile, writeKeyFileOnce } from './key-files.ts'

/** Both are for life: a log under another key is another log. */
const FILES = { log: 'log.jwk.json', sm2: 'log-sm2.jwk.json' } as const

/** Lies beside the keys, so outside the database and its backups (`createLogAnchor`). */
export const LOG_ANCHOR_FILE = 'log-anchor.json'

export interface LogKeys {
  /** Ed25519: checkpoints. */
  log: SigningKey
  /** SM2: the head of the SM3 chain. */
  sm2: SigningKey
}

/** Errors: a sentence naming the file, never what it holds. */
export async function loadLogKeys(dir: string): Promise<LogKeys> {
  const [log, sm2] = await Promise.all([read(join(dir, FILES.log), 'EdDSA'), read(join(dir, FILES.sm2), 'SM2')])
  return { log, sm2 }
}

async function read(path: string, alg: SigningKey['alg']): Promise<SigningKey> {
  const content = (await readKeyFile(path)) as Record<string, unknown>
  const key = importSigningJwk(content)
  if (key.alg !== alg) throw new Error(`${path} 不是 ${alg} 密钥 / is not a key for ${alg}`)
  return key
}

/** Makes the log's keys where they are missing; answers the names of the files made. */
export async function initLogKeys(dir: string): Promise<string[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const made: string[] = []
  if (await writeKeyFileOnce(join(dir, FILES.log), () => generateJwk('EdDSA', 'log'))) made.push(FILES.log)
  if (await writeKeyFileOnce(join(dir, FILES.sm2), () => generateJwk('SM2', 'log-sm2'))) made.push(FILES.sm2)
  return made
}
