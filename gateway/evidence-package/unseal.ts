import { ExchangeError } from '../errors/exchange-error.ts'
import type { AdministrativeRecords, Operator } from '../operators/types.ts'
import type { CryptoProvider, SecretKey } from '../ports/crypto.ts'
import type { StoredRecord } from '../ports/exchange-log.ts'
import type { Opened } from './collect.ts'
import type { EvidenceStore } from './types.ts'

export interface UnsealDemand {
  record: StoredRecord
  operator: Operator
  /** Free text without any identifier; at least a few words. */
  reason: string
}

/**
 * Opens what a record keeps sealed.
 *
 * Errors: `request.malformed` without a reason or with an identifier in it; `request.unknown-resource` when the record
 *         has no such thing, or it was erased; `record.unavailable`.
 * INVARIANT: who opens what and why is durable in the log before it is opened.
 */
export interface Unsealer {
  request(demand: UnsealDemand): Promise<Opened>
  /** JSON as the request gave it, or as the administrative act sealed it. */
  operator(demand: UnsealDemand): Promise<Record<string, unknown>>
}

export interface UnsealerDeps {
  store: Pick<EvidenceStore, 'sealed'>
  records: AdministrativeRecords
  crypto: CryptoProvider
  /** The key of `createRecordDrafts`, by the number it is stored under. */
  sealKey: SecretKey
}

/** Shorter than this says nothing to whoever audits the auditors. */
const MIN_REASON = 4

export function createUnsealer({ store, records, crypto, sealKey }: UnsealerDeps): Unsealer {
  async function open(what: 'request' | 'operator', { record, operator, reason }: UnsealDemand) {
    if (reason.trim().length < MIN_REASON) {
      throw new ExchangeError('request.malformed', 'unsealing takes a reason', {
        reasons: [{ rule: 'reason', pointer: '/reason', zh: '启封须写明事由', en: 'say why it is opened' }],
      })
    }
    const side = await store.sealed(record.exchangeId)
    const sealed = what === 'request' ? side?.sealedRequest : side?.sealedOperator
    if (side === undefined || sealed == null) {
      throw new ExchangeError('request.unknown-resource', 'nothing sealed here', {
        publicDetail:
          side === undefined
            ? { zh: '密封内容已依法删除', en: 'the sealed content has been erased under the retention rules' }
            : { zh: '这条记录没有这项密封内容', en: 'this record has no such sealed content' },
      })
    }
    await records.append({
      operator,
      verb: `${what}.unseal`,
      subjectDigest: null, // the target leads to the subject for as long as the record's own sides do, and no longer
      target: record.exchangeId,
      reason,
      details: {},
    })
    const content = crypto.open('A256GCM', sealKey, sealed, `${what}:${record.exchangeId}`)
    return { content, salt: side.salt }
  }
  return {
    async request(demand) {
      const { content, salt } = await open('request', demand)
      return { body: content, salt }
    },
    async operator(demand) {
      const { content } = await open('operator', demand)
      return JSON.parse(content.toString('utf8')) as Record<string, unknown>
    },
  }
}
