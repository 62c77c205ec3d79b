import { hash } from 'node:crypto'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { ReportDrafts } from '../events/report-record.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { exchangeIdOf } from './batch-id.ts'
import { ownerOf } from './owner.ts'
import type { Batch, BatchStore } from './types.ts'

export interface BatchActsDeps {
  store: BatchStore
  log: Pick<ExchangeLog, 'append'>
  drafts: ReportDrafts
  catalog: () => Catalog
  now: () => number
}

/** What happens to a batch after it was taken in, each with a record of its own before it happens. */
export interface BatchActs {
  /** Lines not yet begun are not run. Idempotent. */
  cancel(batch: Batch): Promise<void>
  /** Its results are about to be handed out. Every reading is a record: who took which answers where, and how often. */
  read(batch: Batch, reading: { exchangeId: string; address: string | null }): Promise<void>
  /** Subjects and results go (R56). Idempotent. */
  destroy(batch: Batch, reason: 'acknowledged' | 'expired'): Promise<void>
}

/** Errors: `record.unavailable`; nothing has happened then. */
export function createBatchActs({ store, log, drafts, catalog, now }: BatchActsDeps): BatchActs {
  async function record(
    batch: Batch,
    act: 'cancelled' | 'destroyed' | 'read',
    details: Record<string, string | number | null>,
    { exchangeId, address }: { exchangeId: string; address: string | null },
  ) {
    const nowMs = now()
    const { member, system } = ownerOf(catalog(), batch)
    const body = Buffer.from(JSON.stringify({ batch: batch.id, act, ...details }))
    const received = {
      op: 'batches' as const,
      body,
      contentType: 'application/json',
      authorization: undefined,
      accept: undefined,
      address,
      correlationId: null,
      receivedAtMs: nowMs,
    }
    const reporter = {
      received,
      exchangeId,
      catalog: catalog(),
      requestHash: hash('sha256', body, 'base64url'),
      sender: { system, member, signed: false },
      payload: body,
      payloadBytes: body,
      acting: member,
      requestId: null,
    }
    const facts = {
      kind: 'batch' as const,
      scenario: batch.scenario,
      subjects: [],
      details: { act, batch: batch.id, ...details },
      committed: {},
    }
    const result = await log.append(drafts(reporter, exchangeId, facts, nowMs))
    if (result.status !== 'recorded')
      throw new ExchangeError('internal', `an act on a batch cannot be \`${result.status}\``)
  }

  return {
    async cancel(batch) {
      if (batch.state !== 'awaiting-subjects' && batch.state !== 'running') return
      await record(batch, 'cancelled', { count: batch.count }, once(batch, 'cancelled'))
      await store.cancel(batch.id)
    },
    async read(batch, reading) {
      const { count, released, refused, failed } = batch
      await record(batch, 'read', { count, released, refused, failed }, reading)
    },
    async destroy(batch, reason) {
      if (batch.state === 'destroyed') return
      const { count, released, refused, failed, resultsSha256 } = batch
      const details = { reason, count, released, refused, failed, resultsSha256 }
      await record(batch, 'destroyed', details, once(batch, 'destroyed'))
      await store.destroy(batch.id)
    },
  }
}

/** However often it is tried, by whichever process, it is one act. */
const once = ({ id }: Batch, act: 'cancelled' | 'destroyed'): { exchangeId: string; address: null } => ({
  exchangeId: exchangeIdOf(id, act),
  address: null,
})
