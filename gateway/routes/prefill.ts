import { Hono } from 'hono'
import { asExchangeError } from '../errors/exchange-error.ts'
import type { Received } from '../exchange.ts'
import { answerOf } from '../prefill/answer.ts'
import { type Kept, mergesOf } from '../prefill/keep.ts'
import { prefillSchema } from '../prefill/prefill.schema.ts'
import type { Recheck } from '../prefill/recheck.ts'
import { assertHarmlessPrefill, type PrefillEnd, type PrefillOperation } from '../prefill/run-prefill.ts'
import type { PrefillRequest } from '../prefill/types.ts'
import type { Envelope } from '../requests/exchange-request.schema.ts'
import { createShapeCheck } from '../requests/validators.ts'
import { ExchangeEnded } from '../run-exchange.ts'
import { type CallDeps, createCall } from './call.ts'
import type { Bindings } from './exchanges.ts'

export interface PrefillRoutesDeps extends CallDeps {
  run<P extends { jti: string }>(received: Received, operation: PrefillOperation<P>): Promise<PrefillEnd>
  kept: Kept
  recheck: Recheck
}

/** `POST /v1/prefill`, `POST /v1/prefill/{id}/recheck`. */
export function prefillRoutes(deps: PrefillRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const call = createCall(deps)
  const headers = ({ prefillId, exchanges }: PrefillEnd) => ({
    'cache-control': 'no-store',
    'x-exchange-id': prefillId,
    'x-record-index': String(exchanges[0]!.index),
  })
  const operation: PrefillOperation<SignedPrefill> = {
    shape: createShapeCheck<SignedPrefill>(prefillSchema),
    assertHarmless: assertHarmlessPrefill,
    open: async (_known, payload) => ({ request: withoutEnvelope(payload) }),
  }

  app.post('/v1/prefill', (c) =>
    call(c, 'prefill', async (received) => {
      const end = await deps.run(received, operation)
      // Recorded already: a row that cannot be kept is told as such, and the prefill is asked for anew.
      const notes = await deps.kept.keep(end).catch(endedWith(end))
      const merges = mergesOf(end.known.catalog, end.request.bundle)
      return { known: end.known, response: c.json(answerOf(end, merges, notes, deps.now()), 200, headers(end)) }
    }),
  )

  app.post('/v1/prefill/:id/recheck', (c) =>
    call(c, 'recheck', async (received) => {
      const id = c.req.param('id')
      const end = await deps.run(received, deps.recheck.operation(id))
      const { kept } = await deps.kept.open(id, end.known.sender.system.id).catch(endedWith(end))
      const fields = deps.recheck.results(kept, end)
      const exchanges = end.exchanges.map(({ item, role, exchangeId, index, signed }) => ({
        item,
        role,
        exchangeId,
        index: String(index),
        ...(signed === null ? { outcome: 'refused' } : { outcome: 'released', evidence: signed.evidence }),
      }))
      const answer = { prefillId: id, holds: fields.every(({ result }) => result === 'match'), fields, exchanges }
      return { known: end.known, response: c.json(answer, 200, headers(end)) }
    }),
  )
  return app
}

const endedWith =
  (end: PrefillEnd) =>
  (thrown: unknown): never => {
    throw new ExchangeEnded(end.known, asExchangeError(thrown))
  }

/** As it came: a signed one with its envelope. */
type SignedPrefill = PrefillRequest & Partial<Envelope>

/** The members alone, for what is kept. */
function withoutEnvelope({ iss: _iss, aud: _aud, op: _op, iat: _iat, exp: _exp, ...members }: SignedPrefill) {
  return members
}
