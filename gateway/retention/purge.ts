import type { AdministrativeRecords, Operator } from '../operators/types.ts'
import { HELD_KINDS, type HeldKind, RECORD_KINDS, type RecordKind } from './table.ts'
import type { RetentionStore } from './types.ts'

export interface PurgeDeps {
  store: RetentionStore
  records: AdministrativeRecords
}

export interface PurgeOutcome {
  /** The announcing record; null when nothing was due and nothing was done. */
  act: string | null
  sides: Record<RecordKind, number>
  held: Record<HeldKind, number>
  prefills: number
  bundles: number
  lowestKept: bigint
}

/** Most of each that one run removes; the next run goes on. */
export interface PurgeBounds {
  /** Sides per kind of record. */
  sides: number
  /** Rows per kind beside the log, and prefills. */
  held: number
  bundles: number
}
export const UNBOUNDED: PurgeBounds = {
  sides: Number.POSITIVE_INFINITY,
  held: Number.POSITIVE_INFINITY,
  bundles: Number.POSITIVE_INFINITY,
}

/**
 * Purges what is due: prefills that have run out, then sides of due records and rows beside the log, then whole bundles of
 * entries. `undefined` when another purge is at work.
 *
 * INVARIANT: what is going to be removed, by whom and why, is durable in the log before the first row goes; what was in
 *            fact removed follows it. A run that breaks off leaves an announcement and no result; the next run goes on.
 * Errors: the store's refusals; `record.unavailable`.
 */
export const purgeDue = (
  deps: PurgeDeps,
  operator: Operator,
  reason: string,
  bounds: PurgeBounds = UNBOUNDED,
): Promise<PurgeOutcome | undefined> => deps.store.alone(() => purge(deps, operator, reason, bounds))

async function purge(
  { store, records }: PurgeDeps,
  operator: Operator,
  reason: string,
  bounds: PurgeBounds,
): Promise<PurgeOutcome> {
  const prefills = await store.clearPrefills(bounds.held)
  const status = await store.status()
  const sides: Record<RecordKind, number> = { release: 0, refusal: 0, administration: 0 }
  const held: Record<HeldKind, number> = { event: 0, correction: 0, notice: 0, suppression: 0, declared: 0, task: 0 }
  const planned =
    RECORD_KINDS.reduce((sum, kind) => sum + status.sidesDue[kind], status.bundlesDue) +
    HELD_KINDS.reduce((sum, kind) => sum + status.heldDue[kind], 0)
  if (planned === 0) return { act: null, sides, held, prefills, bundles: 0, lowestKept: status.lowestKept }

  const common = { operator, subjectDigest: null, reason }
  const { exchangeId: act } = await records.append({
    ...common,
    verb: 'retention.purge',
    target: null,
    details: {
      today: status.today,
      ...countsOf(status.sidesDue, status.heldDue),
      bundles: status.bundlesDue,
      fromIndex: String(status.lowestKept),
      toIndex: String(status.lowestKept + 256n * BigInt(status.bundlesDue)),
    },
  })
  for (const kind of RECORD_KINDS) sides[kind] = await store.purgeSides(act, kind, bounds.sides)
  for (const kind of HELD_KINDS) held[kind] = await store.purgeHeld(act, kind, bounds.held)
  const { bundles, lowestKept } = await store.purgeEntries(act, bounds.bundles)
  await records.append({
    ...common,
    verb: 'retention.purged',
    target: act,
    details: { ...countsOf(sides, held), bundles, lowestKept: String(lowestKept) },
  })
  return { act, sides, held, prefills, bundles, lowestKept }
}

const countsOf = (sides: Record<RecordKind, number>, held: Record<HeldKind, number>): Record<string, number> => ({
  sidesOfReleases: sides.release,
  sidesOfRefusals: sides.refusal,
  sidesOfAdministration: sides.administration,
  events: held.event,
  corrections: held.correction,
  changeNotices: held.notice,
  suppressions: held.suppression,
  declaredValues: held.declared,
  clerkTasks: held.task,
})
