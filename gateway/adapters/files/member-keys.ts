import { join } from 'node:path'
import type { Catalog } from '../../catalog/types.ts'
import type { VerificationKey } from '../../ports/crypto.ts'
import type { KeySource } from '../../ports/key-source.ts'
import { importVerificationJwk } from '../crypto/jwk.ts'
import { type WatchedFile, watchFileContent } from './watched-file.ts'

export interface MemberKeysOptions {
  /** Holds `<system id>.jwks.json`, one file per registered system; null = keys stand in the catalogue only. */
  dir: string | null
  catalog: () => Catalog
  now: () => number
  onFault: (path: string) => void
}

type Keys = Map<string, VerificationKey>

/** How long a rotated key may go unseen. */
const LOOK_EVERY_MS = 1_000

/**
 * Public keys of registered systems from a directory of JWKS files, so that a member's key can be rotated or taken
 * away while the gateway runs. A system without a file there has the keys of its catalogue entry.
 */
export function createMemberKeys({ dir, catalog, now, onFault }: MemberKeysOptions): KeySource {
  const files = new Map<string, WatchedFile<Keys>>()
  const fromCatalog = new WeakMap<object, Keys>()

  function fileOf(systemId: string): WatchedFile<Keys> | undefined {
    // Only registered ids become paths: they come from the catalogue, whose schema lets no separator through.
    if (dir === null || !catalog().systems.has(systemId)) return undefined
    let file = files.get(systemId)
    if (file === undefined) {
      file = watchFileContent({
        path: join(dir, `${systemId}.jwks.json`),
        parse: parseJwks,
        unusable: new Map(), // closed, rather than back to the catalogue's older keys
        intervalMs: LOOK_EVERY_MS,
        now,
        onFault,
      })
      files.set(systemId, file)
    }
    return file
  }

  function published(systemId: string): Keys | undefined {
    const jwks = catalog().systems.get(systemId)?.system.jwks
    if (jwks === undefined) return undefined
    let keys = fromCatalog.get(jwks)
    if (keys === undefined) {
      keys = keysOf(jwks.keys)
      fromCatalog.set(jwks, keys)
    }
    return keys
  }

  return {
    async find(systemId, kid) {
      // Never older than a second, so an unknown kid needs no second look.
      const known = (await fileOf(systemId)?.read()) ?? published(systemId)
      return known?.get(kid)
    },
  }
}

const parseJwks = (text: string): Keys => keysOf((JSON.parse(text) as { keys: Record<string, unknown>[] }).keys)

function keysOf(jwks: readonly Record<string, unknown>[]): Keys {
  return new Map(jwks.map(importVerificationJwk).map((key) => [key.kid, key]))
}
