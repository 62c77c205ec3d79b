/**
 * One exchange as it goes into the log. `entry` is what the tree will cover; everything else are side columns that
 * live in the database only and can be erased without breaking the tree (design §9).
 */
export interface RecordDraft {
  exchangeId: string
  /** Canonical JSON (RFC 8785), UTF-8, 1 to 65 535 bytes. */
  entry: Buffer
  /** Milliseconds since the Unix epoch; decides the month's partition. */
  recordedAtMs: number
  /** What makes the request unique, or `null` for failures found before it was read. */
  requestId: { iss: string; jti: string; expiresAtMs: number } | null
  /** Grants were read at this version; the append says `stale` when it has moved. `null` = do not check. */
  authorisationVersion: bigint | null
  columns: RecordColumns
  side: RecordSide
  /** The line of a batch that ends with this record. */
  line?: FinishedLine
  /** Counted with the record and not kept with it: nothing leads from the sums back to an exchange. */
  checks?: SourceChecks[]
}

/** What becomes durable with a record, or not at all: a batch's line is done, and its sealed result readable. */
export interface FinishedLine {
  batch: string
  upload: string
  /** Counts from 1. */
  line: number
  sealedResult: Buffer
}

/** What one exchange saw of one source's quality; whole numbers. */
export interface SourceChecks {
  provider: string
  dataset: string
  answers: number
  /** Answers that broke their contract; without rows where they could not be read at all. */
  broken: number
  rows: number
  rowsFailed: number
  values: number
  valuesFailed: number
}

/** Searchable, not personal. */
export interface RecordColumns {
  mode: string
  outcome: 'released' | 'refused' | 'failed'
  code: string | null
  member: string
  system: string
  onBehalfOf: string | null
  scenario: string | null
  item: string | null
  caseNo: string | null
  application: string | null
  purpose: string | null
  datasets: string[]
  fields: string[]
  catalogVersion: string
  policyVersion: string
  grants: string[]
}

/** Erasable: unlinks the entry from the person. */
export interface RecordSide {
  salt: Buffer
  /** Keyed digest of type + normal form, prefixed by the key's id (`k1:…`); `null` when no subject was established. */
  subjectDigest: string | null
  /** The same for every party named in the request. */
  partyDigests: string[]
  operatorDigest: string | null
  /** Truncated keyed digest shared by a few neighbouring numbers; kept for days (decisions/2026-11-20-sequential-identifiers.md). */
  neighbourhoodDigest?: string | null
  sealedOperator: Buffer | null
  sealedRequest: Buffer | null
  issuerJwt: string | null
}

export type AppendResult =
  | { status: 'recorded'; index: bigint; duplicate: boolean }
  | { status: 'replayed'; firstExchangeId: string; firstOutcome: string }
  | { status: 'stale'; authorisationVersion: bigint }

export interface StoredRecord {
  index: bigint
  exchangeId: string
  recordedAtMs: number
  entry: Buffer
  columns: RecordColumns
  /** `null` once erased, like what follows. */
  salt: Buffer | null
  subjectDigest: string | null
  issuerJwt: string | null
}

export interface ExchangeLog {
  /**
   * Appends one record and resolves once it is durable.
   *
   * Shape:  `index` counts from 0 without gaps, also with several gateways writing.
   * Errors: `record.unavailable` when durability is unknown: the record may or may not be there. Appending the same
   *         `exchangeId` again is safe and gives the same index with `duplicate: true`.
   * Source: C2SP tlog-tiles (entry bundles).
   *
   * INVARIANT: an index, once given out, names the same bytes for the life of the log.
   */
  append(draft: RecordDraft): Promise<AppendResult>
  /** Appends all or none, in the given order, in one commit (a prefill's records). */
  appendAll(drafts: readonly RecordDraft[]): Promise<AppendResult[]>
  find(exchangeId: string): Promise<StoredRecord | undefined>
  findByRequestId(iss: string, jti: string): Promise<{ exchangeId: string; outcome: string } | undefined>
  /**
   * Uses up a client assertion's id (RFC 7523 `jti`) until `expiresAtMs`; false when it was used before, on any node.
   *
   * Errors: `record.unavailable`.
   */
  claimAssertion(iss: string, jti: string, expiresAtMs: number): Promise<boolean>
  /** True while appends can be expected to succeed; drives `/readyz`. */
  ready(): Promise<boolean>
  close(): Promise<void>
}
