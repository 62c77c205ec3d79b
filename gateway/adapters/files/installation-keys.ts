import { readFileSync, statSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CryptoProvider, SecretKey, SigningKey, VerificationKey } from '../../ports/crypto.ts'
import { generateJwk, importJwk, importSigningJwk, type Jwk } from '../crypto/jwk.ts'
import { checkedIssuerKeys, ISSUER_FILE, type IssuerJwk, newKid, publicHalf } from './issuer-keys.ts'
import { parseKeyFile, writeKeyFileOnce } from './key-files.ts'
import { initLogKeys } from './log-keys.ts'
import { readSecrets, SECRET_PURPOSES, SECRETS_FILE, type SecretPurpose } from './secrets.ts'

export { type KeyState, rotateIssuerKey } from './issuer-keys.ts'
export { SECRET_PURPOSES, type SecretPurpose } from './secrets.ts'

export interface InstallationKeys {
  signingKey(): SigningKey
  ownKey(kid: string): VerificationKey | undefined
  /** `/.well-known/jwks.json`: every key that was ever published. */
  publicJwks(): { keys: Jwk[] }
  secret(purpose: SecretPurpose): SecretKey
}

export interface InstallationKeysOptions {
  now?: () => number
  /** Told of a changed file that cannot be used; the last good keys stay in force. */
  onFault?: (path: string) => void
}

/** How long a rotated key may go unseen. */
const LOOK_EVERY_MS = 1_000

/**
 * Reads the installation's own keys. The issuer's are read again when their file changes, so that rotation needs no
 * restart; the secrets are not: what was sealed or digested with one cannot be read with another.
 *
 * Errors: a sentence naming the file and what it lacks, never what it holds.
 */
export async function loadInstallationKeys(
  dir: string,
  { now = Date.now, onFault = () => {} }: InstallationKeysOptions = {},
): Promise<InstallationKeys> {
  const secrets = await readSecrets(dir)
  const issuer = watchIssuer(join(dir, ISSUER_FILE), now, onFault)
  return {
    signingKey: () => issuer().signing,
    ownKey: (kid) => issuer().verification.get(kid),
    publicJwks: () => issuer().published,
    secret: (purpose) => secrets.get(purpose)!,
  }
}

interface Issuer {
  signing: SigningKey
  verification: Map<string, VerificationKey>
  published: { keys: Jwk[] }
}

/** The callers are synchronous, hence so is the look: one `stat` of a small local file a second (about 5 µs). */
function watchIssuer(path: string, now: () => number, onFault: (path: string) => void): () => Issuer {
  let seen = markOf(path)
  let issuer = readIssuer(path)
  let lookedAtMs = now()
  return () => {
    if (Math.abs(now() - lookedAtMs) < LOOK_EVERY_MS) return issuer
    lookedAtMs = now()
    const mark = markOf(path)
    if (mark === seen) return issuer
    seen = mark // a fault is told once, not every second
    try {
      issuer = readIssuer(path)
    } catch {
      onFault(path)
    }
    return issuer
  }
}

function markOf(path: string): string {
  const info = statSync(path, { throwIfNoEntry: false })
  return info === undefined ? '' : `${info.mtimeMs}:${info.size}:${info.ino}`
}

function readIssuer(path: string): Issuer {
  const jwks = checkedIssuerKeys(parseKeyFile(readText(path), path))
  const active = jwks.find(({ state }) => state === 'active')!
  return {
    signing: importSigningJwk(bare(active)),
    verification: new Map(jwks.map((jwk) => [jwk.kid, importJwk(bare(jwk))])),
    published: { keys: jwks.map(publicHalf) },
  }
}

const bare = ({ state: _state, since: _since, ...jwk }: IssuerJwk): Record<string, unknown> => jwk

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new Error(`读不到 ${path}，可先运行 guanyi keys init / cannot read it; run \`guanyi keys init\` first`)
  }
}

/**
 * Makes the keys of a new installation: directory 0700, files 0600, written whole or not at all. Files that are there
 * are left as they are, so it can be run again. Answers the files it made.
 */
export async function initInstallationKeys(dir: string, crypto: CryptoProvider, nowMs: number): Promise<string[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  const issuer = (): unknown => ({
    keys: [{ ...generateJwk('ES256', newKid(nowMs)), state: 'active', since: new Date(nowMs).toISOString() }],
  })
  const secrets = (): unknown =>
    Object.fromEntries(
      SECRET_PURPOSES.map((purpose) => [purpose, { id: 'k1', secret: crypto.random(32).toString('base64url') }]),
    )
  const made = [
    (await writeKeyFileOnce(join(dir, ISSUER_FILE), issuer)) && ISSUER_FILE,
    (await writeKeyFileOnce(join(dir, SECRETS_FILE), secrets)) && SECRETS_FILE,
  ]
  return [...made.filter((file) => file !== false), ...(await initLogKeys(dir))]
}
