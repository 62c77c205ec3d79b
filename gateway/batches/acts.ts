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
  /** Subjects and results go (R56). Idempotent. */
  destroy(batch: Batch, reason: 'acknowledged' | 'expired'): Promise<void>
}

/** Errors: `record.unavailable`; nothing has happened then. */
export function createBatchActs({ store, log, drafts, catalog, now }: BatchActsDeps): BatchActs {
  async function record(batch: Batch, act: 'cancelled' | 'destroyed', details: Record<string, string | number | null>) {
    const nowMs = now()
    const { member, system } = ownerOf(catalog(), batch)
    const body = Buffer.from(JSON.stringify({ batch: batch.id, act, ...details }))
    const exchangeId = exchangeIdOf(batch.id, act)
    const received = {
      op: 'batches' as const,
      body,
      contentType: 'application/json',
      authorization: undefined,
      accept: undefined,
      address: null,
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
      await record(batch, 'cancelled', { count: batch.count })
      await store.cancel(batch.id)
    },
    async destroy(batch, reason) {
      if (batch.state === 'destroyed') return
      const { count, released, refused, failed, resultsSha256 } = batch
      await record(batch, 'destroyed', { reason, count, released, refused, failed, resultsSha256 })
      await store.destroy(batch.id)
    },
  }
}
