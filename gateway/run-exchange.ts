import { asExchangeError, ExchangeError } from './errors/exchange-error.ts'
import type { Authenticated, Authorised, Fetched, Identified, Received, Recorded, Shaped, Signed } from './exchange.ts'
import type { RecordOutcome } from './stages/record.ts'

export interface Stages {
  authenticate(received: Received): Promise<Authenticated>
  identify(authenticated: Authenticated): Promise<Identified>
  authorise(identified: Identified): Promise<Authorised>
  charge(authorised: Authorised): Promise<void>
  fetch(authorised: Authorised): Promise<Fetched>
  shape(fetched: Fetched): Promise<Shaped>
  sign(shaped: Shaped): Promise<Signed>
  record(signed: Signed): Promise<RecordOutcome>
  recordFailure(known: Authenticated, failure: ExchangeError): Promise<void>
}

/** An exchange that ended in a refusal or failure, with what was known when it did. */
export class ExchangeEnded extends Error {
  override readonly name = 'ExchangeEnded'
  constructor(
    readonly known: Authenticated | null,
    readonly failure: ExchangeError,
  ) {
    super(failure.message, { cause: failure })
  }
}

/** Grants may change while an exchange is under way, many a second during an import; one decided again this often gives up. */
const MAX_DECISIONS = 20

/**
 * Takes one exchange from the wire to the log.
 *
 * Errors: `ExchangeEnded` with the failure that is to be answered.
 *
 * INVARIANT: an authenticated sender is answered, yes or no, only after the record is durable.
 */
export async function runExchange(received: Received, stages: Stages): Promise<Recorded> {
  let known: Authenticated | null = null
  try {
    const authenticated = await stages.authenticate(received) // a stranger is counted and refused here, not recorded
    known = authenticated
    const identified = await stages.identify(authenticated)
    known = identified
    const authorised = await stages.authorise(identified)
    const charged = new Set<string>()
    await stages.charge({ ...authorised, grants: notYetCharged(authorised, charged) })
    let fetched = await stages.fetch(authorised)
    for (let decisions = 1; decisions <= MAX_DECISIONS; decisions++) {
      const shaped = await stages.shape(fetched)
      const signed = await stages.sign(shaped)
      const outcome = await stages.record(signed)
      if (outcome.status === 'recorded') return outcome.exchange
      // A grant changed after this exchange was decided: decide again before anything is released (invariant 5).
      const again = await stages.authorise(identified)
      await stages.charge({ ...again, grants: notYetCharged(again, charged) })
      fetched = { ...fetched, ...again }
    }
    throw new ExchangeError('record.unavailable', `grants changed ${MAX_DECISIONS} times during one exchange`)
  } catch (thrown) {
    throw new ExchangeEnded(known, await recorded(known, asExchangeError(thrown), stages))
  }
}

/** Another grant may carry the exchange when it is decided again; its ceilings hold too, and none is charged twice. */
function notYetCharged({ grants }: Authorised, charged: Set<string>): Authorised['grants'] {
  const fresh = grants.filter(({ id }) => !charged.has(id))
  for (const { id } of fresh) charged.add(id)
  return fresh
}

/**
 * The failure to answer: the one thrown, once it is recorded, or the one that recording it met. A refusal of which no
 * record can be made, for whatever reason, is not told either (invariant 1).
 */
async function recorded(known: Authenticated | null, failure: ExchangeError, stages: Stages): Promise<ExchangeError> {
  if (known === null) return failure
  try {
    await stages.recordFailure(known, failure)
    return failure
  } catch (thrown) {
    const met = asExchangeError(thrown)
    return met.code === 'record.unavailable' || met.code === 'request.replayed'
      ? met
      : new ExchangeError('record.unavailable', 'no record of a refusal could be made', { cause: thrown })
  }
}
