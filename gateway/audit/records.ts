import type { RecordColumns } from '../ports/exchange-log.ts'
import type { DigestedCriteria } from './criteria.ts'

/** One line of a result: what the log keeps in its searchable columns. */
export interface RecordLine extends RecordColumns {
  index: bigint
  exchangeId: string
  recordedAtMs: number
}

/** Which erasable facts of a record are still there; none of them is shown. */
export interface SideFacts {
  kept: boolean
  subject: boolean
  parties: number
  operator: boolean
  sealedOperator: boolean
  sealedRequest: boolean
  evidence: boolean
}

export interface WholeRecord {
  line: RecordLine
  entry: Buffer
  side: SideFacts
  issuerJwt: string | null
}

/** One use of a dataset as its provider may see it (R32): nobody is named. */
export interface DatasetUse {
  index: bigint
  line: RecordLine
}

export interface RecordSearch {
  /** Lines below index `before`, newest first. Errors: `record.unavailable` when the store does not answer in time. */
  page(criteria: DigestedCriteria, before: bigint | null, limit: number): Promise<RecordLine[]>
  /** How many there are: exact where that is cheap, else estimated from a sample. */
  count(criteria: DigestedCriteria): Promise<{ approximateCount: number; exact: boolean }>
  /** By exchange id or index. */
  find(id: string): Promise<WholeRecord | undefined>
  close(): Promise<void>
}
