import type { Context } from 'hono'
import { asExchangeError, type ExchangeError } from '../errors/exchange-error.ts'
import { languageOf, problemResponse } from '../errors/problem.ts'
import type { Authenticated, Operation, Received, Recorded } from '../exchange.ts'
import { containsPersonalIdentifier } from '../identifiers/index.ts'
import { readBody } from '../requests/body.ts'
import type { Strangers } from '../requests/strangers.ts'
import { ExchangeEnded } from '../run-exchange.ts'
import type { Bindings } from './exchanges.ts'
import { callerOf } from './guard-strangers.ts'

export interface CallDeps {
  /** The plane's guard counts refusals; this is for routes that count something else. */
  strangers: Strangers
  /** Told how every call ended, once. */
  onEnded: (end: {
    known: Authenticated | Recorded | null
    op: Operation
    failure: ExchangeError | null
    milliseconds: number
  }) => void
  /** Runs what somebody waits for, with precedence over lines of batches; absent where none are run. */
  beside?: <T>(work: () => Promise<T>) => Promise<T>
  maxBodyBytes: number
  trustedProxies: readonly string[]
  now: () => number
}

type Run = (received: Received) => Promise<{ known: Authenticated | Recorded; response: Response }>

/** How a failure is answered where it is not problem+json; the id only where a record stands behind it. */
type Refuse = (failure: ExchangeError, exchangeId: string | undefined) => Response

/** One POST of the data plane: reads it, has it run, answers, counts; whatever it asks for. */
export function createCall(
  deps: CallDeps,
): (c: Context<Bindings>, op: Operation, run: Run, refuse?: Refuse) => Promise<Response> {
  const receive = async (c: Context<Bindings>, op: Operation): Promise<Received> => ({
    op,
    receivedAtMs: deps.now(),
    body: await readBody(c, deps.maxBodyBytes),
    contentType: c.req.header('content-type') ?? '',
    authorization: c.req.header('authorization'),
    accept: c.req.header('accept'),
    address: callerOf(c, deps.trustedProxies),
    correlationId: correlationId(c.req.header('x-correlation-id')),
  })

  return async (c, op, run, refuse) => {
    const startedAt = performance.now()
    const ended = (known: Authenticated | Recorded | null, failure: ExchangeError | null): void =>
      deps.onEnded({ known, op, failure, milliseconds: performance.now() - startedAt })
    try {
      const received = await receive(c, op)
      const first = op === 'batches' ? undefined : deps.beside
      const { known, response } = await (first === undefined ? run(received) : first(() => run(received)))
      ended(known, null)
      return response
    } catch (thrown) {
      // Whatever is thrown before its sender is known, a body too large among it, is a stranger's.
      const { known, failure } =
        thrown instanceof ExchangeEnded ? thrown : { known: null, failure: asExchangeError(thrown) }
      const unrecorded = known === null || failure.code === 'request.replayed'
      ended(known, failure)
      // An id is named only where a record stands behind it.
      const exchangeId = unrecorded ? undefined : known.exchangeId
      return refuse === undefined
        ? problemResponse(failure, languageOf(c.req.header('accept-language')), exchangeId)
        : refuse(failure, exchangeId)
    }
  }
}

/** Kept only in a form that cannot carry anything personal: no number of a person, alone, grouped or inside a word. */
function correlationId(header: string | undefined): string | null {
  if (header === undefined || !/^(?=.*[A-Za-z-])[A-Za-z0-9-]{8,64}$/.test(header)) return null
  return containsPersonalIdentifier(header) || /\d{15}/.test(header) ? null : header
}
