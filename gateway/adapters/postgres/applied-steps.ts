import pg from 'pg'
import { MIGRATIONS } from './migrations/index.ts'

/** How a database's steps stand to this checkout's. By the set of names: the last one alone does not show a gap. */
export interface Standing {
  /** Steps this checkout needs and the database has not, in order. */
  missing: string[]
  /** Steps the database has and this checkout does not know: it is newer, or of another line. */
  unknown: string[]
  /** The missing ones that a step already applied should have come after; kysely adds at the end only. */
  gaps: string[]
}

export function standingOf(applied: readonly string[]): Standing {
  const known = Object.keys(MIGRATIONS).sort()
  const missing = known.filter((name) => !applied.includes(name))
  return {
    missing,
    unknown: applied.filter((name) => !known.includes(name)).sort(),
    gaps: missing.filter((name) => applied.some((other) => other > name)),
  }
}

/** The steps applied to a database, in order of name, or `null` where there are none; needs no more than the service's rights. */
export async function appliedSteps(url: string): Promise<string[] | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000, query_timeout: 3000 })
  await client.connect()
  try {
    const found = await client.query<{ table: string | null }>(`select to_regclass('public.kysely_migration') as table`)
    if (found.rows[0]?.table == null) return null
    const { rows } = await client.query<{ name: string }>('select name from kysely_migration order by name')
    return rows.length === 0 ? null : rows.map(({ name }) => name)
  } finally {
    await client.end()
  }
}
