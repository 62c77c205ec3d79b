import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Recorded, Signed } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { isIdentified, type RecordDrafts } from '../record/draft.ts'
import { replayed } from './envelope.ts'

export type RecordOutcome = { status: 'recorded'; exchange: Recorded } | { status: 'stale' }

export interface RecordDeps {
  log: Pick<ExchangeLog, 'append'>
  drafts: RecordDrafts
  now: () => number
  /** Reads grants anew: the log has seen a later version than this process, whose own notice may be lost. */
  refreshGrants: () => Promise<unknown>
  /** Runs after a release is durable; must not throw. */
  settle: (exchange: Signed) => void
}

/**
 * Appends the record of a release and answers once it is durable, or `stale` when a grant changed after the decision.
 *
 * Errors: `record.unavailable`; `request.replayed` when another node recorded this request id first.
 */
export const createRecord = ({ log, drafts, now, refreshGrants, settle }: RecordDeps) =>
  async function record(exchange: Signed): Promise<RecordOutcome> {
    const result = await log.append(drafts.ofRelease(exchange, now())).catch(away)
    if (result.status === 'stale') {
      await refreshGrants()
      return { status: 'stale' }
    }
    if (result.status === 'replayed') throw replayed(result.firstExchangeId, result.firstOutcome)
    settle(exchange)
    return { status: 'recorded', exchange: { ...exchange, index: result.index } }
  }

/** Failures of the log itself: what it would not take a moment ago is not offered again. */
const ofTheLog = new WeakSet<object>()
function away(thrown: unknown): never {
  if (thrown instanceof ExchangeError && thrown.code === 'record.unavailable') ofTheLog.add(thrown)
  throw thrown
}

/**
 * Appends the record of a refusal or failure of an authenticated sender. Its own failure replaces the first one: an
 * answer that cannot be recorded is not given (invariant 1).
 */
export const createRecordFailure = ({ log, drafts, now }: Omit<RecordDeps, 'settle' | 'refreshGrants'>) =>
  async function recordFailure(known: Authenticated, failure: ExchangeError): Promise<void> {
    // A repeat was recorded when it was first seen; recording it again would let anyone fill the log.
    if (failure.code === 'request.replayed' || ofTheLog.has(failure)) return
    const result = await log.append(drafts.ofFailure(known, isIdentified(known) ? known : null, failure, now()))
    if (result.status === 'replayed') throw replayed(result.firstExchangeId, result.firstOutcome)
    if (result.status === 'stale')
      throw new ExchangeError('internal', 'a refusal does not depend on the authorisation version')
  }
