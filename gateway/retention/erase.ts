import { ExchangeError } from '../errors/exchange-error.ts'
import type { Operator } from '../operators/types.ts'
import type { PurgeDeps } from './purge.ts'

export interface EraseDemand {
  exchangeId: string
  /** Why; recorded, so without any identifier. */
  reason: string
  /** The legal duty that asks for it before the period has ended, with its article; null = only if due. */
  legalDuty: string | null
}

/**
 * Erases what links one record's entry to a person: salt, digests, sealed operator and request, issuer JWT. The entry
 * and every proof of it stay.
 *
 * Errors: `request.unknown-resource` (no such record, or erased before), `access.denied` (not due and no legal duty
 *         stated), `request.malformed` (an identifier in the reason), `record.unavailable`.
 * INVARIANT: the demand is durable in the log before anything is erased.
 */
export async function eraseRecord(
  { store, records }: PurgeDeps,
  operator: Operator,
  { exchangeId, reason, legalDuty }: EraseDemand,
): Promise<{ act: string; dueOn: string }> {
  const found = await store.find(exchangeId)
  if (found === undefined || !found.hasSide) {
    throw new ExchangeError('request.unknown-resource', 'nothing to erase', {
      publicDetail: {
        zh: found === undefined ? '没有这条记录' : '这条记录的可关联信息已经删除',
        en: found === undefined ? 'there is no such record' : 'what linked this record to a person is already erased',
      },
    })
  }
  if (!found.due && legalDuty === null) {
    throw new ExchangeError('access.denied', 'retention has not ended', {
      publicDetail: {
        zh: `未到留存期限（${found.dueOn} 起可删除），提前删除须写明法定义务及条款`,
        en: `retention has not ended (deletion is allowed from ${found.dueOn}); earlier erasure takes a legal duty with its article`,
      },
    })
  }
  const { exchangeId: act } = await records.append({
    operator,
    verb: 'retention.erase',
    // Not the subject's digest: it would tie the person to the very record that is being unlinked.
    subjectDigest: null,
    target: exchangeId,
    reason,
    details: { legalDuty, dueOn: found.dueOn, kind: found.kind },
  })
  await store.eraseSide(act, exchangeId)
  return { act, dueOn: found.dueOn }
}
