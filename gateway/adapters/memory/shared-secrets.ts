import type { SharedSecrets } from '../../ports/shared-secrets.ts'

/** For one process alone: a second one would renew what the first has just renewed. */
export function createMemorySharedSecrets(): SharedSecrets {
  const values = new Map<string, Buffer>()
  const busy = new Set<string>()
  return {
    read: async (name) => values.get(name) ?? null,
    async renew(name, work) {
      if (busy.has(name)) return 'busy'
      busy.add(name)
      try {
        const next = await work(values.get(name) ?? null)
        if (next !== null) values.set(name, next)
        return 'done'
      } finally {
        busy.delete(name)
      }
    },
  }
}
