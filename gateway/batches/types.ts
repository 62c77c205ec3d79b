export type BatchState = 'awaiting-subjects' | 'running' | 'completed' | 'cancelled' | 'destroyed'
export type LineOutcome = 'released' | 'refused' | 'failed'

/** One batch as it stands. Nothing personal: the request itself is sealed. */
export interface Batch {
  /** Also the exchange id of the record of its creation. */
  id: string
  system: string
  member: string
  scenario: string
  /** Null once destroyed. */
  sealedRequest: Buffer | null
  count: number
  /** Null once destroyed: of a single line it would give away of whom was asked. */
  subjectsSha256: string | null
  state: BatchState
  upload: string | null
  released: number
  refused: number
  failed: number
  /** Grows with every change anyone may want to see. */
  revision: bigint
  /** Of the results as they were last read to their end. */
  resultsSha256: string | null
  createdAtMs: number
  /** When the last line was settled; null while lines may still run. */
  completedAtMs: number | null
  expiresAtMs: number
}

export type NewBatch = Pick<
  Batch,
  'id' | 'system' | 'member' | 'scenario' | 'count' | 'createdAtMs' | 'expiresAtMs'
> & { sealedRequest: Buffer; subjectsSha256: string }

export interface StagedLine {
  line: number
  exchangeId: string
  sealed: Buffer
}

/** A stretch of lines one worker holds for a while. */
export interface Turn {
  batch: Batch & { upload: string }
  firstLine: number
  lastLine: number
  token: string
}

/** A stretch of lines of which several workers in a row could not finish one. */
export interface StuckTurn {
  batch: string
  firstLine: number
  lastLine: number
  attempts: number
  /** When it will be tried again. */
  nextAtMs: number
}

export interface Delivery {
  batch: string
  url: string
  attempts: number
}

export interface DeliveryRow extends Delivery {
  state: 'pending' | 'delivered' | 'dead'
  nextAtMs: number
  lastFailure: string | null
}

/** Errors of every method: `record.unavailable` when the database does not answer. */
export interface BatchStore {
  create(batch: NewBatch): Promise<void>
  /** Removes a batch whose record could not be made. */
  drop(id: string): Promise<void>
  find(id: string): Promise<Batch | undefined>
  /** Batches of a system that still hold something staged. */
  openOf(system: string): Promise<number>
  list(limit: number): Promise<Batch[]>

  /** The batch's one upload from now on: what an earlier one has staged goes, and it can stage no more. */
  beginUpload(upload: string, batch: string): Promise<void>
  /** False once a later upload took its place, or it was given up as abandoned; nothing is staged then. */
  stage(upload: string, lines: readonly StagedLine[]): Promise<boolean>
  /** Makes the upload the batch's own and lets it run; `not-awaited` when it runs already or was cancelled. */
  acceptUpload(upload: string, batch: string): Promise<'accepted' | 'not-awaited' | 'overtaken'>
  dropUpload(upload: string): Promise<void>
  /** Uploads that were cut off by a crash. */
  dropAbandoned(): Promise<number>

  /** True while some stretch of lines could be taken. */
  hasWork(): Promise<boolean>
  /** The next stretch by fairness between members, an expired one first; at most `turnsPerMember` at a time. */
  claim(options: { token: string; lines: number; leaseMs: number; turnsPerMember: number }): Promise<Turn | undefined>
  /** `lost` when another worker has taken the turn over. */
  renew(turn: Turn, leaseMs: number): Promise<'held' | 'cancelled' | 'lost'>
  /** Lines are finished by their records (`RecordDraft.line`). */
  unfinished(turn: Turn): Promise<StagedLine[]>
  /**
   * Ends the turn: what a cancelled batch has not asked goes; the batch is complete with its last turn, and then one notice
   * per address is due, whatever becomes of the worker. True then.
   */
  end(turn: Turn, noticeUrls: readonly string[]): Promise<boolean>
  /**
   * Lets another worker take the turn: at once after progress, else after a pause that grows with every attempt in a row
   * that made none, so that a turn nobody can finish does not keep out those that could be.
   */
  release(turn: Turn, progressed: boolean): Promise<void>
  /** Turns tried in vain, most often first. */
  stuck(limit: number): Promise<StuckTurn[]>

  /** Idempotent. */
  cancel(id: string): Promise<void>
  results(upload: string, afterLine: number, limit: number): Promise<ResultRow[]>
  resultsRead(id: string, sha256: string): Promise<void>
  destroy(id: string): Promise<void>
  due(nowMs: number, limit: number): Promise<Batch[]>

  /** Takes due deliveries, each for `holdMs`. */
  takeDeliveries(limit: number, holdMs: number): Promise<Delivery[]>
  endDelivery(
    delivery: Delivery,
    end: { state: 'delivered' | 'dead' | 'pending'; failure: string | null; inMs: number },
  ): Promise<void>
  deliveries(limit: number): Promise<DeliveryRow[]>
  close(): Promise<void>
}

export interface ResultRow {
  line: number
  exchangeId: string
  outcome: LineOutcome
  /** Null where the record stands and its answer was lost with the worker of an earlier release that made it. */
  sealed: Buffer | null
}
