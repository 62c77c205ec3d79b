import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Received } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { RecordDrafts } from '../record/draft.ts'
import type { ShapeCheck } from '../requests/validators.ts'
import { ExchangeEnded } from '../run-exchange.ts'
import { actingMember, assertFirstUse, type EnvelopeDeps, openEnvelope, replayed } from '../stages/envelope.ts'
import type { ReportDrafts, Reporter, ReportFacts } from './report-record.ts'

export interface RunReportDeps extends EnvelopeDeps {
  authenticate: (received: Received) => Promise<Authenticated>
  log: Pick<ExchangeLog, 'append' | 'findByRequestId'>
  /** Of refusals: the same entries as refused exchanges. */
  failures: Pick<RecordDrafts, 'ofFailure'>
  drafts: ReportDrafts
}

/** Members every report has beside its own. */
export interface Enveloped {
  jti: string
  onBehalfOf?: string
}

/** One operation that is no exchange under a grant. */
export interface ReportOperation<Payload extends Enveloped, Answer> {
  shape: ShapeCheck<Payload>
  accept(reporter: Reporter, payload: Payload): Promise<Answer>
}

/** Everything a report goes through but its own meaning; shared by events, changes, corrections and use reports. */
export interface Reports {
  /** Errors: `ExchangeEnded`. INVARIANT: an authenticated sender is answered, yes or no, only after a durable record. */
  run<Payload extends Enveloped, Answer>(
    received: Received,
    operation: ReportOperation<Payload, Answer>,
  ): Promise<{ known: Authenticated; answer: Answer }>
  /**
   * Appends the record of an accepted report under the given id. Where that id has its record already, by an earlier call,
   * this call gets a record of its own that names it (`details.repeatOf`): its request id is used up, and an auditor sees
   * it. The index answered is the first record's.
   *
   * Errors: `record.unavailable`, `request.replayed`.
   */
  record(reporter: Reporter, facts: ReportFacts, exchangeId?: string): Promise<{ index: bigint; recordedAtMs: number }>
  /** The same for what rests on grants; `stale` when one changed since it was decided: nothing is recorded then. */
  recordUnder(
    reporter: Reporter,
    facts: ReportFacts & Required<Pick<ReportFacts, 'authority'>>,
    exchangeId: string,
  ): Promise<{ index: bigint; recordedAtMs: number } | 'stale'>
}

export function createReports(deps: RunReportDeps): Reports {
  async function recordFailure(known: Authenticated, failure: ExchangeError): Promise<void> {
    if (failure.code === 'record.unavailable' || isRepeat(failure)) return
    const result = await deps.log.append(deps.failures.ofFailure(known, null, failure, deps.now()))
    if (result.status === 'replayed') throw replayed(result.firstExchangeId, result.firstOutcome)
  }

  async function append(reporter: Reporter, facts: ReportFacts, exchangeId: string) {
    const nowMs = deps.now()
    const result = await deps.log.append(deps.drafts(reporter, exchangeId, facts, nowMs))
    if (result.status === 'replayed') throw replayed(result.firstExchangeId, result.firstOutcome)
    if (result.status === 'stale') return 'stale'
    if (result.duplicate && (await appendRepeat(reporter, facts, exchangeId, nowMs)) === 'stale') return 'stale'
    return { index: result.index, recordedAtMs: nowMs }
  }

  async function appendRepeat(reporter: Reporter, facts: ReportFacts, first: string, nowMs: number) {
    // The call's own record, appended again by a log that was not sure of it.
    if (first === reporter.exchangeId) return 'recorded'
    const repeat = { ...facts, details: { ...facts.details, repeatOf: first } }
    const result = await deps.log.append(deps.drafts(reporter, reporter.exchangeId, repeat, nowMs))
    // The same under an id that was reserved for it.
    if (result.status === 'replayed' && result.firstExchangeId === first) return 'recorded'
    if (result.status === 'replayed') throw replayed(result.firstExchangeId, result.firstOutcome)
    return result.status
  }

  return {
    async run(received, { shape, accept }) {
      let known: Authenticated | null = null
      try {
        const authenticated = await deps.authenticate(received)
        known = authenticated
        const { payload, expiresAtMs } = openEnvelope(deps, authenticated, shape)
        const { jti, onBehalfOf } = payload
        await assertFirstUse(deps, authenticated, jti, expiresAtMs)
        const reporter: Reporter = {
          ...authenticated,
          acting: actingMember(authenticated, onBehalfOf),
          requestId: { iss: authenticated.sender.system.id, jti, expiresAtMs },
        }
        return { known, answer: await accept(reporter, payload) }
      } catch (thrown) {
        const failure = asExchangeError(thrown)
        if (known === null) throw new ExchangeEnded(null, failure)
        const recorded = await recordFailure(known, failure).then(
          () => failure,
          (second) => asExchangeError(second),
        )
        throw new ExchangeEnded(known, recorded)
      }
    },

    async record(reporter, facts, exchangeId = reporter.exchangeId) {
      const appended = await append(reporter, facts, exchangeId)
      if (appended === 'stale') throw new ExchangeError('internal', 'a report does not depend on grants')
      return appended
    },
    recordUnder: append,
  }
}

/** A repeated request id was recorded when it was first seen; an event id with another content was not. */
const isRepeat = ({ code, options }: ExchangeError): boolean =>
  code === 'request.replayed' && options.reasons === undefined
