import type { RecordKind, RetentionRule } from './table.ts'

/** What is due now, by the database's clock. */
export interface RetentionStatus {
  /** The database's China day, `YYYY-MM-DD`. */
  today: string
  /** Records whose sides are due and still there. */
  sidesDue: Record<RecordKind, number>
  /** Whole bundles of 256 entries that may go. */
  bundlesDue: number
  /** Entries below this index are gone; hashes are kept. */
  lowestKept: bigint
  /** Entries the tree covers. */
  treeSize: bigint
  /** China day of the oldest record still kept; null for an empty log. */
  oldest: string | null
  /** Records that still have their sides. */
  sidesKept: number
}

/**
 * The store's retention path, open to the owner of the tables alone.
 *
 * `act` is the exchange id of the administrative record that announces the step; the store refuses a step whose act is
 * not durable, is older than an hour, is of another kind, or that comes before its date.
 *
 * Errors: the database's own (`restrict_violation`, 23001) for everything refused.
 */
export interface RetentionStore {
  rules(): Promise<RetentionRule[]>
  status(): Promise<RetentionStatus>
  /** Erases the sides of every due record of one kind; answers how many. */
  purgeSides(act: string, kind: RecordKind): Promise<number>
  /** Removes whole due bundles of entries; answers how many, and where the log begins now. */
  purgeEntries(act: string): Promise<{ bundles: number; lowestKept: bigint }>
  /** Erases the sides of one record; false when there are none (any more). */
  eraseSide(act: string, exchangeId: string): Promise<boolean>
  /** Kind and day of one record, and from when its sides may go anyway; undefined when there is no such record. */
  find(exchangeId: string): Promise<{ kind: RecordKind; dueOn: string; due: boolean; hasSide: boolean } | undefined>
  close(): Promise<void>
}
