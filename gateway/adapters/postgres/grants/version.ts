import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'
import type { GrantCache, GrantKey } from './cache.ts'

/** More changed pairs than this at once are not worth dropping one by one. */
const MANY = 1000

export interface GrantVersion {
  /** The version every grant in the cache belongs to. */
  seen(): bigint
  /** Milliseconds since the database last confirmed `seen`; infinite before it ever did. */
  ageMs(): number
  /** Reads the version now and forgets what has changed; a call made during another gets an answer read after it. */
  refresh(): Promise<bigint>
}

/**
 * Follows the authorisation version and drops from the cache what each rise has changed.
 *
 * Version and changed pairs are read in one statement, hence from one snapshot. The age counts from before that
 * statement was sent: what is remembered is never younger than claimed.
 */
export function createGrantVersion(db: Kysely<Tables>, cache: GrantCache, now: () => number): GrantVersion {
  let seen = -1n
  let confirmedAt: number | undefined
  let running: Promise<bigint> | undefined
  let next: Promise<bigint> | undefined

  async function read(): Promise<bigint> {
    const sentAt = now()
    const { rows } = await sql<{
      version: string
      scenario: string | null
      kind: GrantKey['kind'] | null
      id: string | null
    }>`
      select v.version, c.scenario, c.kind, c.id, c.changed
        from authorisation_version v
        left join lateral (
          select distinct true as changed, scenario, consumer_kind as kind, consumer_id as id
            from grant_changes where version > ${seen.toString()}::bigint limit ${MANY + 1}
        ) c on ${seen >= 0n}`.execute(db)
    const version = BigInt(rows[0]?.version ?? -1)
    if (version < 0n) throw new Error('authorisation_version is empty')
    if (version !== seen) {
      const keys = rows.filter((row) => row.scenario !== null && row.kind !== null && row.id !== null)
      // Unsure when a row names no pair (TRUNCATE), nothing explains the rise, or the version fell (a restored database).
      if (seen < 0n || version < seen || keys.length < rows.length || rows.length > MANY) cache.clear()
      else for (const { scenario, kind, id } of keys) cache.drop({ scenario, kind, id } as GrantKey)
      seen = version
    }
    confirmedAt = sentAt
    return version
  }

  function refresh(): Promise<bigint> {
    if (running === undefined) {
      running = read().finally(() => {
        running = undefined
      })
      return running
    }
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return refresh()
      })
    return next
  }

  return {
    seen: () => seen,
    ageMs() {
      const age = confirmedAt === undefined ? Number.POSITIVE_INFINITY : now() - confirmedAt
      return age < 0 ? Number.POSITIVE_INFINITY : age // a clock set back proves nothing
    },
    refresh,
  }
}
