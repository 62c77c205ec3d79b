import { ExchangeError } from '../../../errors/exchange-error.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import { createReader } from '../reader.ts'
import { createGrantCache, type GrantKey } from './cache.ts'
import { createGrantListener } from './listener.ts'
import { readGrants } from './reads.ts'
import { createGrantVersion } from './version.ts'
import { expireGrants, putGrants, setGrantStatus } from './writes.ts'

export interface PostgresGrantStoreOptions {
  /** The service role's URL. */
  url: string
  /** Milliseconds for ages; should not run backwards. Default `performance.now`. */
  now?: () => number
  /** How often the version is read when no notice comes. Default 500. */
  pollMs?: number
  /** How long answers from memory are good after the last confirmed version. Default 1,000 (invariant 5). */
  maxAgeMs?: number
  /** Most (consumer, scenario) pairs in memory. Default 5,000. */
  maxKeys?: number
  /** Most grants in memory. Default 50,000. */
  maxGrants?: number
  /** Listens for notices beside polling. Default true. */
  listen?: boolean
}

/**
 * Grants in PostgreSQL, the ones in use remembered here (design §5).
 *
 * Errors: `record.unavailable` from `candidates` and `refresh` when the database has not confirmed the version for a
 *         second: a grant that may have been revoked decides nothing.
 */
export function createPostgresGrantStore(options: PostgresGrantStoreOptions): GrantStore {
  const { url, now = () => performance.now(), pollMs = 500, maxAgeMs = 1000, listen = true } = options
  const { maxKeys = 5000, maxGrants = 50_000 } = options
  const db = createReader({ url, name: 'guanyi-grants', max: 4, timeoutMs: 1000 })
  const slow = createReader({ url, name: 'guanyi-grants-admin', max: 2, timeoutMs: 30_000 })
  const cache = createGrantCache({ maxKeys, maxGrants })
  const version = createGrantVersion(db, cache, now)
  const quietly = () => void version.refresh().catch(() => {}) // the age tells
  const poll = setInterval(quietly, pollMs)
  poll.unref()
  const listener = listen
    ? createGrantListener({
        url,
        onNotice: (noticed) => {
          if (noticed === undefined || noticed !== version.seen()) quietly()
        },
      })
    : undefined

  async function changing<T>(work: Promise<T>): Promise<T> {
    const result = await work
    await version.refresh().catch(() => {}) // the change is made; that this process has not seen it yet shows in its age
    return result
  }

  return {
    version: version.seen,
    refresh: () => version.refresh().catch(unavailable),
    async candidates({ system, member, scenario }) {
      if (version.ageMs() > maxAgeMs) await version.refresh().catch(unavailable)
      const keys: GrantKey[] = [
        { kind: 'system', id: system, scenario },
        { kind: 'member', id: member, scenario },
      ]
      const [ofSystem, ofMember] = keys.map(cache.get)
      if (ofSystem && ofMember) {
        let { since } = ofSystem
        if (ofMember.since > since) since = ofMember.since
        return { grants: [...ofSystem.grants, ...ofMember.grants], version: version.seen(), since }
      }

      // Both at once, from one snapshot: what is answered belongs to one version, whatever happens meanwhile.
      const read = await readGrants(db, keys).catch(unavailable)
      if (read.version !== version.seen()) await version.refresh().catch(unavailable)
      if (read.version === version.seen()) {
        for (const [place, key] of keys.entries()) cache.set(key, read.grants[place] ?? [], read.version)
      }
      return { grants: read.grants.flat(), version: read.version }
    },
    async list({ consumer, scenario, status }) {
      let query = slow.selectFrom('grants').select('document').orderBy('id')
      if (consumer !== undefined) query = query.where('consumer_id', '=', consumer)
      if (scenario !== undefined) query = query.where('scenario', '=', scenario)
      if (status !== undefined) query = query.where('status', '=', status as 'active')
      return (await query.execute()).map((row) => row.document)
    },
    async get(id) {
      const row = await db.selectFrom('grants').select('document').where('id', '=', id).executeTakeFirst()
      return row?.document
    },
    put: (grant, by) => changing(putGrants(slow, [grant], by)),
    putAll: (grants, by) => changing(putGrants(slow, grants, by)),
    setStatus: (id, status, by, reason) => changing(setGrantStatus(slow, id, status, { by, reason })),
    expire: (nowMs) => changing(expireGrants(slow, nowMs)),
    async close() {
      clearInterval(poll)
      await listener?.close()
      await Promise.all([db.destroy(), slow.destroy()])
    },
  }
}

function unavailable(): never {
  throw new ExchangeError('record.unavailable', 'the grants could not be confirmed')
}
