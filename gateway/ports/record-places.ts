/** Where a record stands in the log, and what its receipt needs. */
export interface RecordPlace {
  index: number
  exchangeId: string
  /** Whose exchange it was. */
  system: string
  entry: Buffer
  /** Opens the entry's commitments; `null` once it was erased. */
  salt: Buffer | null
}

export interface RecordPlaces {
  /** Errors: `record.unavailable`. */
  find(of: { exchangeId: string } | { index: number }): Promise<RecordPlace | undefined>
  close(): Promise<void>
}
