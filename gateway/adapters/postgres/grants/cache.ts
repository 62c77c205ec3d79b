import { LRUCache } from 'lru-cache'
import type { Grant } from '../../../../policies/engine/types.ts'

export interface GrantKey {
  kind: Grant['consumer']['kind']
  id: string
  scenario: string
}

export interface GrantCacheLimits {
  /** Most (consumer, scenario) pairs kept. */
  maxKeys: number
  /** Most grants kept, over all pairs. */
  maxGrants: number
}

export interface CachedGrants {
  grants: readonly Grant[]
  /** The version they were read at; they have not changed since, or they would have been dropped. */
  since: bigint
}

/** Grants by (consumer, scenario), all of them as they stand at one and the same version. */
export interface GrantCache {
  get(key: GrantKey): CachedGrants | undefined
  set(key: GrantKey, grants: readonly Grant[], since: bigint): void
  drop(key: GrantKey): void
  clear(): void
}

export function createGrantCache({ maxKeys, maxGrants }: GrantCacheLimits): GrantCache {
  // A pair without grants is remembered too: strangers to a scenario ask as often as others.
  const lru = new LRUCache<string, CachedGrants>({
    max: maxKeys,
    maxSize: maxKeys + maxGrants,
    sizeCalculation: ({ grants }) => grants.length + 1,
  })
  const name = ({ kind, id, scenario }: GrantKey) => JSON.stringify([kind, id, scenario])
  return {
    get: (key) => lru.get(name(key)),
    set: (key, grants, since) => void lru.set(name(key), { grants, since }),
    drop: (key) => void lru.delete(name(key)),
    clear: () => lru.clear(),
  }
}
