export interface Ceiling {
  /** What is counted: calls, records returned, or distinct subjects. */
  measure: 'calls' | 'records' | 'subjects' | 'mismatches'
  period: 'hour' | 'day'
  limit: number
}

export interface QuotaCharge {
  grantId: string
  ceilings: readonly Ceiling[]
  /** Keyed digest of the subject, for distinct counts; never the identifier. */
  subjectDigest: string
  /** For `mismatches`: digest of (subject, field). */
  detail?: string
}

/** Counts use of grants (R25). Redis, with an in-process fallback while Redis is away. */
export interface Quota {
  /** Charges one call; answers the ceiling that is now exceeded, or `undefined`. */
  charge(
    charges: readonly QuotaCharge[],
  ): Promise<{ grantId: string; ceiling: Ceiling; retryAfterSeconds: number } | undefined>
  /** Adds records after the fact, so that the next call sees them. */
  addRecords(grantId: string, ceilings: readonly Ceiling[], count: number): Promise<void>
  /** Adds one `verify` mismatch for (grant, subject, field). */
  addMismatch(grantId: string, ceilings: readonly Ceiling[], detail: string): Promise<void>
  /** True when the mismatch ceiling for (grant, subject, field) is used up. */
  mismatchesExhausted(grantId: string, ceilings: readonly Ceiling[], detail: string): Promise<boolean>
}
