import type { SourceAnswer } from './connector.ts'

export interface CacheKey {
  dataset: string
  /** Digest of the dataset's entry, so that a changed schema never meets an old answer. */
  schemaVersion: string
  inputs: Readonly<Record<string, string>>
  fields: readonly string[]
  /** Normal form `type:id` of the one the answer is about; its epoch guards the entry. */
  subject: string
}

export interface CachedAnswer extends SourceAnswer {
  /** When the gateway received it; milliseconds since the epoch. */
  fetchedAtMs: number
}

export interface CacheQuery {
  key: CacheKey
  maxAgeMs: number
}

export interface CacheReading {
  hit: CachedAnswer | undefined
  /** The subject's epoch, to be given back to `put`; empty when the store was away, and then nothing is written. */
  epoch: string
}

/**
 * Holds validated provider answers, sealed, so that the store never sees a value or an identifier (design §8).
 *
 * `get` answers `undefined` for a miss, for an entry older than `maxAgeMs`, for one that does not open, and whenever the
 * store is away: exchanges go on without cache. `put` never throws; it drops the write when the subject's epoch has been
 * raised since `epoch` was read.
 */
export interface ResultCache {
  get(key: CacheKey, maxAgeMs: number): Promise<CacheReading>
  /** All datasets of one exchange in one round trip; answers in the order asked. */
  getMany(queries: readonly CacheQuery[]): Promise<CacheReading[]>
  put(key: CacheKey, answer: CachedAnswer, ttlMs: number, epoch: string): Promise<void>
  /** Makes every cached answer about the subject unreadable; throws when the store cannot be reached (the caller retries). */
  raiseEpoch(subject: string): Promise<void>
}
