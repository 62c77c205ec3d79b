import type { Endpoint } from '../../gateway/ports/connector.ts'

/** A pool in use by one dataset; closed for good when the last dataset lets go of it. */
export interface Lease<Pool> {
  pool: Pool
  release(): Promise<void>
}

/**
 * Keeps one pool per endpoint, however many datasets live there: a department's database or service gives a gateway
 * few connections, and thirty datasets must not open thirty pools.
 */
export function createPoolsByEndpoint<Pool>(
  open: (endpoint: Endpoint, networks: readonly string[]) => Pool,
  close: (pool: Pool) => Promise<void>,
) {
  const pools = new Map<string, { pool: Pool; users: number }>()

  return function lease(endpoint: Endpoint, networks: readonly string[]): Lease<Pool> {
    // The networks are part of the key: a pool opened under a wider list must not serve a narrower one.
    const key = JSON.stringify([
      endpoint.url,
      endpoint.secret ?? {},
      endpoint.connections ?? null,
      [...networks].sort(),
    ])
    const entry = pools.get(key) ?? { pool: open(endpoint, networks), users: 0 }
    entry.users += 1
    pools.set(key, entry)
    let held = true
    return {
      pool: entry.pool,
      async release() {
        if (!held) return
        held = false
        entry.users -= 1
        if (entry.users > 0) return
        pools.delete(key)
        await close(entry.pool)
      },
    }
  }
}
