import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SignatureAlg } from '../../ports/crypto.ts'
import { generateJwk, importJwk, importVerificationJwk, type Jwk, toPublicJwk } from '../crypto/jwk.ts'
import { lockedWhile, parseKeyFile, writeKeyFile } from './key-files.ts'

/** Makes a key pair for a registered system; its owner keeps what this answers. */
export function newSystemKey(alg: SignatureAlg, kid: string): { owner: Jwk; published: Jwk } {
  const owner = generateJwk(alg, kid)
  return { owner, published: toPublicJwk(importJwk({ ...owner })) }
}

/**
 * Publishes a system's key in `<dir>/<system>.jwks.json`, beside its other keys, or in their place when `only`.
 * Running gateways take it up within a second. Answers the kids that are valid now.
 *
 * Errors: a sentence when the present file cannot be used: what it holds must not be lost.
 */
export async function publishSystemKey(dir: string, systemId: string, key: Jwk, only: boolean): Promise<string[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, `${systemId}.jwks.json`)
  return await lockedWhile(path, async () => {
    const present = only ? [] : await readPublished(path)
    const keys = [...present.filter(({ kid }) => kid !== key.kid), key]
    await writeKeyFile(path, { keys })
    return keys.map(({ kid }) => kid)
  })
}

async function readPublished(path: string): Promise<Jwk[]> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return '{"keys":[]}'
    throw thrown
  })
  const { keys } = parseKeyFile(text, path) as { keys?: Jwk[] }
  if (!Array.isArray(keys)) throw new Error(`${path} 不是 JWKS / is no JWKS`)
  for (const key of keys) importVerificationJwk({ ...key })
  return keys
}
