import { createPostgresDossierProjections } from '../adapters/postgres/dossier/projections.ts'
import { openEventDatabase } from '../adapters/postgres/events/tables.ts'
import type { Catalog } from '../catalog/types.ts'
import type { DossierProjections } from '../dossier/types.ts'
import type { Task } from '../ports/task.ts'

/** Longest one statement of a rebuild may take. */
const STATEMENT_MS = 30 * 60_000
const MISSED_AT_ONCE = 200

export interface RebuildOutcome {
  events: number
  lines: number
  certificates: number
  cases: number
  /** SHA-256 over the projected rows: the same before and after, unless something was missing or the catalogue moved. */
  before: string
  after: string
}

/** Throws the projections of all events away and makes them again, in one transaction: readers see the old or the new. */
export async function rebuildDossiers(url: string, catalog: Catalog): Promise<RebuildOutcome> {
  const db = openEventDatabase(url, { max: 2, timeoutMs: STATEMENT_MS })
  try {
    const projections = createPostgresDossierProjections(db)
    const before = await projections.digest()
    const counts = await projections.rebuild(catalog)
    return { ...counts, before, after: await projections.digest() }
  } finally {
    await db.destroy()
  }
}

/** Finds recorded events whose projection a crash or a fault prevented, and makes it. */
export const projectMissedTask = ({
  projections,
  catalog,
}: {
  projections: Pick<DossierProjections, 'missed' | 'project'>
  catalog: () => Catalog
}): Task => ({
  name: 'project-events',
  everyMs: 30_000,
  async run() {
    const missed = await projections.missed(MISSED_AT_ONCE)
    for (const exchangeId of missed) await projections.project(exchangeId, catalog())
    return { projected: missed.length }
  },
})
