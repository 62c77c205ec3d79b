import type { Context } from 'hono'
import type { ExchangeError } from '../errors/exchange-error.ts'
import { languageOf, problemResponse } from '../errors/problem.ts'
import type { Authenticated, Operation, Received, Recorded } from '../exchange.ts'
import { readBody } from '../requests/body.ts'
import { clientAddress } from '../requests/networks.ts'
import type { Strangers } from '../requests/strangers.ts'
import { ExchangeEnded } from '../run-exchange.ts'
import type { Bindings } from './exchanges.ts'

export interface CallDeps {
  strangers: Strangers
  /** Told how every call ended, once. */
  onEnded: (end: {
    known: Authenticated | Recorded | null
    op: Operation
    failure: ExchangeError | null
    milliseconds: number
  }) => void
  maxBodyBytes: number
  trustedProxies: readonly string[]
  now: () => number
}

type Run = (received: Received) => Promise<{ known: Authenticated | Recorded; response: Response }>

/** One POST of the data plane: reads it, has it run, answers, counts; whatever it asks for. */
export function createCall(deps: CallDeps): (c: Context<Bindings>, op: Operation, run: Run) => Promise<Response> {
  return async (c, op, run) => {
    const receivedAtMs = deps.now()
    const startedAt = performance.now()
    const peer = c.env.incoming?.socket.remoteAddress ?? null
    const address = clientAddress(peer, c.req.header('x-forwarded-for'), deps.trustedProxies)
    await deps.strangers.admit(address)
    const received: Received = {
      op,
      receivedAtMs,
      body: await readBody(c, deps.maxBodyBytes),
      contentType: c.req.header('content-type') ?? '',
      authorization: c.req.header('authorization'),
      accept: c.req.header('accept'),
      address,
      correlationId: correlationId(c.req.header('x-correlation-id')),
    }
    const ended = (known: Authenticated | Recorded | null, failure: ExchangeError | null): void =>
      deps.onEnded({ known, op, failure, milliseconds: performance.now() - startedAt })
    try {
      const { known, response } = await run(received)
      ended(known, null)
      return response
    } catch (thrown) {
      if (!(thrown instanceof ExchangeEnded)) throw thrown
      const { known, failure } = thrown
      const unrecorded = known === null || failure.code === 'request.replayed'
      if (unrecorded) deps.strangers.failed(address)
      ended(known, failure)
      // An id is named only where a record stands behind it.
      return problemResponse(
        failure,
        languageOf(c.req.header('accept-language')),
        unrecorded ? undefined : known.exchangeId,
      )
    }
  }
}

/** Kept only in a form that cannot carry anything personal. */
function correlationId(header: string | undefined): string | null {
  return header !== undefined && /^(?=.*[A-Za-z-])[A-Za-z0-9-]{8,64}$/.test(header) && !/\d{15}/.test(header)
    ? header
    : null
}
