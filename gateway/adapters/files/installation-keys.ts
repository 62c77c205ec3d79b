import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CryptoProvider, SecretKey, SigningKey, VerificationKey } from '../../ports/crypto.ts'
import { generateJwk, importJwk, importSigningJwk, type Jwk, toPublicJwk } from '../crypto/jwk.ts'

/** What each secret is for; no two purposes share one (design §8–§9). */
export const SECRET_PURPOSES = ['subject-digest', 'cache-digest', 'cache-seal', 'record-seal', 'cursor'] as const
export type SecretPurpose = (typeof SECRET_PURPOSES)[number]

/** Evidence keys: `next` is published before use, `active` signs, `retired` goes on verifying. */
export type KeyState = 'next' | 'active' | 'retired'

export interface InstallationKeys {
  signingKey(): SigningKey
  ownKey(kid: string): VerificationKey | undefined
  /** `/.well-known/jwks.json`: every key that was ever published. */
  publicJwks(): { keys: Jwk[] }
  secret(purpose: SecretPurpose): SecretKey
}

const ISSUER_FILE = 'issuer.jwks.json'
const SECRETS_FILE = 'secrets.json'

type IssuerJwk = Jwk & { state: KeyState }
type SecretsFile = Record<SecretPurpose, { id: string; secret: string }>

/** Reads the installation's own keys. Errors: a sentence naming the file and what it lacks, never what it holds. */
export async function loadInstallationKeys(dir: string): Promise<InstallationKeys> {
  const issuer = (await readJson(join(dir, ISSUER_FILE))) as { keys: IssuerJwk[] }
  const secrets = (await readJson(join(dir, SECRETS_FILE))) as SecretsFile
  const active = issuer.keys.find(({ state }) => state === 'active')
  if (active === undefined) throw new Error(`${ISSUER_FILE} 中没有 active 密钥 / holds no active key`)
  const byPurpose = new Map(SECRET_PURPOSES.map((purpose) => [purpose, secretOf(purpose, secrets[purpose])]))
  if (new Set([...byPurpose.values()].map(({ bytes }) => bytes.toString('hex'))).size < byPurpose.size) {
    throw new Error(`${SECRETS_FILE} 中不同用途使用了同一密钥 / two purposes share one secret`)
  }
  const keys = new Map(issuer.keys.map((jwk) => [jwk.kid, importJwk({ ...publicHalf(jwk) })]))
  const signing = importSigningJwk({ ...active })
  return {
    signingKey: () => signing,
    ownKey: (kid) => keys.get(kid),
    publicJwks: () => ({ keys: issuer.keys.map(publicHalf) }),
    secret: (purpose) => byPurpose.get(purpose)!,
  }
}

const publicHalf = ({ state: _state, ...jwk }: IssuerJwk): Jwk => toPublicJwk(importJwk({ ...jwk }))

function secretOf(purpose: SecretPurpose, stored: SecretsFile[SecretPurpose] | undefined): SecretKey {
  const bytes = Buffer.from(stored?.secret ?? '', 'base64url')
  if (stored === undefined || bytes.length !== 32)
    throw new Error(`${SECRETS_FILE} 缺少 32 字节的 ${purpose} / lacks 32 bytes for ${purpose}`)
  return { id: stored.id, bytes }
}

/**
 * Makes the keys of a new installation: directory 0700, files 0600, written whole or not at all. Files that are there
 * are left as they are, so it can be run again.
 */
export async function initInstallationKeys(dir: string, crypto: CryptoProvider, nowMs: number): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const stamp = new Date(nowMs).toISOString().slice(0, 10)
  const kid = `guanyi-${stamp}-${crypto.random(4).toString('hex')}`
  await writeOnce(join(dir, ISSUER_FILE), () => ({ keys: [{ ...generateJwk('ES256', kid), state: 'active' }] }))
  await writeOnce(join(dir, SECRETS_FILE), () =>
    Object.fromEntries(
      SECRET_PURPOSES.map((purpose) => [purpose, { id: 'k1', secret: crypto.random(32).toString('base64url') }]),
    ),
  )
}

/** A new `active` key beside the old ones, which go on verifying (R88). `next` first, where the caller publishes early. */
export async function rotateIssuerKey(dir: string, kid: string): Promise<void> {
  const path = join(dir, ISSUER_FILE)
  const { keys } = (await readJson(path)) as { keys: IssuerJwk[] }
  const prepared = keys.find(({ state }) => state === 'next')
  const retired = keys.map((key) => (key.state === 'active' ? { ...key, state: 'retired' as const } : key))
  const rotated =
    prepared === undefined
      ? [...retired, { ...generateJwk('ES256', kid), state: 'active' as const }]
      : retired.map((key) => (key.kid === prepared.kid ? { ...key, state: 'active' as const } : key))
  await writeWhole(path, { keys: rotated })
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`读不到 ${path}，可先运行 guanyi keys init / cannot read it; run \`guanyi keys init\` first`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${path} 不是 JSON / is not JSON`)
  }
}

async function writeOnce(path: string, content: () => unknown): Promise<void> {
  if (await readFile(path).catch(() => undefined)) return
  await writeWhole(path, content())
}

async function writeWhole(path: string, content: unknown): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, path)
}
