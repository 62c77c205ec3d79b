import type { Authenticated, Received } from '../exchange.ts'
import type { BatchActs } from './acts.ts'
import type { createCreateBatch } from './create.ts'
import { progressOf } from './progress.ts'
import { assertReadable, readResults } from './results.ts'
import type { StagingSeal } from './staging-seal.ts'
import type { Batch, BatchStore } from './types.ts'
import { type createUpload, refused } from './upload.ts'

export interface BatchServiceDeps {
  store: BatchStore
  staging: StagingSeal
  create: ReturnType<typeof createCreateBatch>
  upload: ReturnType<typeof createUpload>
  acts: BatchActs
  /** Told that there are lines to run. */
  wake: (batch: string) => void
  newId: () => string
  now: () => number
}

/** What a department's system can do with its batches; whose a batch is was checked by the route. */
export interface BatchService {
  create(received: Received, acceptLanguage: string | undefined): Promise<{ known: Authenticated; batch: Batch }>
  find(id: string): Promise<Batch | undefined>
  upload(batch: Batch, body: AsyncIterable<Uint8Array>): Promise<void>
  cancel(batch: Batch): Promise<void>
  progress(batch: Batch, after: bigint, signal: AbortSignal): AsyncGenerator<string>
  /** Each reading has a record of its own, durable before the first byte. */
  results(batch: Batch, address: string | null): Promise<{ exchangeId: string; lines: AsyncGenerator<Buffer> }>
  /** Errors: `request.malformed` when the digest is not that of the results as read last. */
  acknowledge(batch: Batch, body: Record<string, unknown>): Promise<void>
  /** Ends every stream of progress. */
  stop(): void
}

export function createBatchService({
  store,
  staging,
  create,
  upload,
  acts,
  wake,
  newId,
  now,
}: BatchServiceDeps): BatchService {
  const stopped = new AbortController()
  return {
    create,
    find: store.find,
    cancel: acts.cancel,
    async upload(batch, body) {
      await upload(batch, body)
      wake(batch.id)
    },
    progress: (batch, after, signal) =>
      progressOf(batch, { store, after, signal: AbortSignal.any([signal, stopped.signal]), now }),
    async results(batch, address) {
      assertReadable(batch)
      const exchangeId = newId()
      await acts.read(batch, { exchangeId, address })
      return { exchangeId, lines: readResults(batch, { store, staging }) }
    },
    async acknowledge(batch, { sha256, ...further }) {
      if (typeof sha256 !== 'string' || Object.keys(further).length > 0)
        throw refused('ack', '应只有 sha256 一个成员', '`sha256` is the one member')
      if (batch.state !== 'destroyed') assertReadable(batch)
      if (batch.resultsSha256 !== sha256)
        throw refused(
          'digest',
          '摘要与最近一次完整取回的结果不符',
          'not the digest of the results as last read to their end',
        )
      await acts.destroy(batch, 'acknowledged')
    },
    stop: () => stopped.abort(),
  }
}
