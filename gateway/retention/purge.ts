import type { AdministrativeRecords, Operator } from '../operators/types.ts'
import { RECORD_KINDS, type RecordKind } from './table.ts'
import type { RetentionStore } from './types.ts'

export interface PurgeDeps {
  store: RetentionStore
  records: AdministrativeRecords
}

export interface PurgeOutcome {
  /** The announcing record; null when nothing was due and nothing was done. */
  act: string | null
  sides: Record<RecordKind, number>
  bundles: number
  lowestKept: bigint
}

/**
 * Purges what is due: first the sides of every due record, then whole bundles of entries.
 *
 * INVARIANT: what is going to be removed, by whom and why, is durable in the log before the first row goes; what was in
 *            fact removed follows it. A run that breaks off leaves an announcement and no result; the next run goes on.
 * Errors: the store's refusals; `record.unavailable`.
 */
export async function purgeDue(
  { store, records }: PurgeDeps,
  operator: Operator,
  reason: string,
): Promise<PurgeOutcome> {
  const status = await store.status()
  const sides: Record<RecordKind, number> = { release: 0, refusal: 0, administration: 0 }
  const planned = RECORD_KINDS.reduce((sum, kind) => sum + status.sidesDue[kind], 0)
  if (planned + status.bundlesDue === 0) return { act: null, sides, bundles: 0, lowestKept: status.lowestKept }

  const common = { operator, subjectDigest: null, reason }
  const { exchangeId: act } = await records.append({
    ...common,
    verb: 'retention.purge',
    target: null,
    details: {
      today: status.today,
      sidesOfReleases: status.sidesDue.release,
      sidesOfRefusals: status.sidesDue.refusal,
      sidesOfAdministration: status.sidesDue.administration,
      bundles: status.bundlesDue,
      fromIndex: String(status.lowestKept),
      toIndex: String(status.lowestKept + 256n * BigInt(status.bundlesDue)),
    },
  })
  for (const kind of RECORD_KINDS) sides[kind] = await store.purgeSides(act, kind)
  const { bundles, lowestKept } = await store.purgeEntries(act)
  await records.append({
    ...common,
    verb: 'retention.purged',
    target: act,
    details: {
      sidesOfReleases: sides.release,
      sidesOfRefusals: sides.refusal,
      sidesOfAdministration: sides.administration,
      bundles,
      lowestKept: String(lowestKept),
    },
  })
  return { act, sides, bundles, lowestKept }
}
