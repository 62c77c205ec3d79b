import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authorised, Shaped } from '../exchange.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { Quota } from '../ports/quota.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import { questionCommitment } from '../record/entry.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'

export interface CeilingsDeps {
  quota: Quota
  digests: SubjectDigests
  crypto: CryptoProvider
  log: Pick<ExchangeLog, 'find'>
  replay: ReplayGuard
  now: () => number
}

/** A lost answer may be asked for again without counting twice for this long. */
const RETRY_WINDOW_MS = 3_600_000

export interface Ceilings {
  /** Counts one call against every grant used. Errors: `quota.exceeded` with `Retry-After`, naming grant and ceiling. */
  charge(exchange: Authorised): Promise<void>
  /** Adds what was released, so that the next call sees it. */
  settle(exchange: Shaped): Promise<void>
}

/** Ceilings of grants (R25, R150): calls, records and distinct subjects per hour and day. */
export function createCeilings({ quota, digests, crypto, log, replay, now }: CeilingsDeps): Ceilings {
  /** Once per lost answer, for the same question of the same system, and only while it is fresh. */
  async function isFreeRetry({ request, sender, received, exchangeId }: Authorised): Promise<boolean> {
    if (request.retryOf === undefined) return false
    const lost = await log.find(request.retryOf)
    if (lost === undefined || lost.columns.system !== sender.system.id || lost.columns.outcome !== 'released')
      return false
    if (lost.salt === null) return false
    const { question = null } = JSON.parse(lost.entry.toString('utf8')) as { question?: string | null }
    const same = question === questionCommitment(crypto, lost.salt, digests.ofQuestion(received.op, request))
    const expiresAtMs = lost.recordedAtMs + RETRY_WINDOW_MS
    if (!same || expiresAtMs <= now()) return false
    return (await replay.claim('retry-of', lost.exchangeId, exchangeId, expiresAtMs)) === 'claimed'
  }

  return {
    async charge(exchange) {
      const charges = exchange.grants
        .filter((grant) => grant.ceilings.length > 0)
        .map((grant) => ({
          grantId: grant.id,
          ceilings: grant.ceilings,
          subjectDigest: digests.of(exchange.request.subject),
        }))
      if (charges.length === 0 || (await isFreeRetry(exchange))) return
      const exceeded = await quota.charge(charges)
      if (exceeded === undefined) return
      const { grantId, ceiling, retryAfterSeconds } = exceeded
      const zh = `授权 ${grantId} 已达到上限：每${ceiling.period === 'hour' ? '小时' : '日'} ${ceiling.limit} ${MEASURE_ZH[ceiling.measure]}`
      const en = `grant ${grantId} has reached its ceiling of ${ceiling.limit} ${ceiling.measure} per ${ceiling.period}`
      throw new ExchangeError('quota.exceeded', en, {
        reasons: [{ rule: `${ceiling.measure}-per-${ceiling.period}`, grant: grantId, zh, en }],
        headers: { 'retry-after': String(retryAfterSeconds) },
        extensions: { retryAfterSeconds },
      })
    },

    async settle(exchange) {
      const rows = Object.values(exchange.data).reduce(
        (sum, value) => sum + (Array.isArray(value) ? value.length : 1),
        0,
      )
      await Promise.all(
        exchange.grants
          .filter((grant) => grant.ceilings.some(({ measure }) => measure === 'records'))
          .map((grant) => quota.addRecords(grant.id, grant.ceilings, rows)),
      )
    },
  }
}

const MEASURE_ZH = { calls: '次调用', records: '条记录', subjects: '个主体', mismatches: '次不符' }
