import type { HeldKind, RecordKind, RetentionRule } from './table.ts'

/** What is due now, by the database's clock. */
export interface RetentionStatus {
  /** The database's China day, `YYYY-MM-DD`. */
  today: string
  /** Records whose sides are due and still there. */
  sidesDue: Record<RecordKind, number>
  /** Rows beside the log that are due, by kind. */
  heldDue: Record<HeldKind, number>
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
  /** Erases the sides of due records of one kind, `atMost` of them; answers how many. */
  purgeSides(act: string, kind: RecordKind, atMost: number): Promise<number>
  /** Removes whole due bundles of entries, `atMost` of them; answers how many, and where the log begins now. */
  purgeEntries(act: string, atMost: number): Promise<{ bundles: number; lowestKept: bigint }>
  /** Removes due rows beside the log of one kind, `atMost` of them, and what was made of them; answers how many. */
  purgeHeld(act: string, kind: HeldKind, atMost: number): Promise<number>
  /** Removes prefills whose day has passed; answers how many. */
  clearPrefills(atMost: number): Promise<number>
  /** Runs `work` unless somebody else does so at this moment, on any machine; then `undefined`. */
  alone<T>(work: () => Promise<T>): Promise<T | undefined>
  /** Erases the sides of one record and what it brought beside the log; false when there are no sides (any more). */
  eraseSide(act: string, exchangeId: string): Promise<boolean>
  /** Kind and day of one record, and from when its sides may go anyway; undefined when there is no such record. */
  find(exchangeId: string): Promise<{ kind: RecordKind; dueOn: string; due: boolean; hasSide: boolean } | undefined>
  close(): Promise<void>
}
