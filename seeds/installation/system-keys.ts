import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateJwk, importSigningJwk, type Jwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'

/** A registered system's private key, as the demo gives it to whoever writes a client against it. */
export interface SystemKey {
  system: string
  /** Private JWK with `kid`; 0600. */
  keyFile: string
  alg: 'ES256' | 'EdDSA'
  jwk: Jwk
}

/** Every other system signs with Ed25519, so that both algorithms are at work. */
const algOf = (index: number): SystemKey['alg'] => (index % 3 === 2 ? 'EdDSA' : 'ES256')

/** A key pair per system: private ones in `keysDir`, public ones where the gateway looks. Keys that exist stay. */
export async function makeSystemKeys(
  systems: readonly string[],
  keysDir: string,
  memberKeysDir: string,
): Promise<Map<string, SystemKey>> {
  await mkdir(keysDir, { recursive: true, mode: 0o700 })
  await mkdir(memberKeysDir, { recursive: true, mode: 0o700 })
  const keys = await Promise.all(
    systems.map(async (system, index): Promise<SystemKey> => {
      const keyFile = join(keysDir, `${system}.jwk.json`)
      const stored = await readFile(keyFile, 'utf8').catch(() => undefined)
      const jwk = stored === undefined ? generateJwk(algOf(index), `${system}-1`) : (JSON.parse(stored) as Jwk)
      if (stored === undefined) await writeWhole(keyFile, jwk)
      await writeWhole(join(memberKeysDir, `${system}.jwks.json`), {
        keys: [toPublicJwk(importSigningJwk({ ...jwk }))],
      })
      return { system, keyFile, alg: jwk.alg as SystemKey['alg'], jwk }
    }),
  )
  return new Map(keys.map((key) => [key.system, key]))
}

/** Written whole or not at all, 0600. */
export async function writeWhole(path: string, content: unknown): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, path)
}
