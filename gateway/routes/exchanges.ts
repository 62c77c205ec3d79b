import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import { languageOf, problemResponse } from '../errors/problem.ts'
import type { Authenticated, Received, Recorded } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { readBody } from '../requests/body.ts'
import { OPS, type Op } from '../requests/exchange-request.schema.ts'
import { clientAddress } from '../requests/networks.ts'
import type { Strangers } from '../requests/strangers.ts'
import { ExchangeEnded } from '../run-exchange.ts'
import { respond } from '../stages/respond.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'

export interface ExchangeRoutesDeps {
  run: (received: Received) => Promise<Recorded>
  log: Pick<ExchangeLog, 'find'>
  tokens: AccessTokens
  strangers: Strangers
  /** Told how every exchange ended, once. */
  onEnded: (end: {
    known: Authenticated | Recorded | null
    op: Op
    failure: ExchangeError | null
    milliseconds: number
  }) => void
  maxBodyBytes: number
  trustedProxies: readonly string[]
  now: () => number
}

export type Bindings = { Bindings: HttpBindings }

/** `POST /v1/query`, `POST /v1/verify`, `GET /v1/exchanges/{id}`. */
export function exchangeRoutes(deps: ExchangeRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  for (const op of OPS) app.post(`/v1/${op}`, (c) => exchange(op, c))
  app.get('/v1/exchanges/:id', ownExchange)
  return app

  async function exchange(op: Op, c: Context<Bindings>): Promise<Response> {
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
      const recorded = await deps.run(received)
      const response = respond(recorded)
      ended(recorded, null)
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

  /** The caller's own exchanges: another's looks like one that never was. */
  async function ownExchange(c: Context<Bindings>): Promise<Response> {
    const system = await deps.tokens.authenticate(c.req.header('authorization'), 'data')
    const id = c.req.param('id')!
    const stored = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
      ? await deps.log.find(id).catch((thrown) => {
          throw asExchangeError(thrown)
        })
      : undefined
    if (stored === undefined || stored.columns.system !== system)
      throw new ExchangeError('request.unknown-resource', 'no such exchange of this system')
    const { columns } = stored
    return c.json({
      exchangeId: stored.exchangeId,
      index: String(stored.index),
      recordedAt: new Date(stored.recordedAtMs).toISOString(),
      ...columns,
      evidenceJwt: stored.issuerJwt,
      entry: JSON.parse(stored.entry.toString()),
    })
  }
}

/** Kept only in a form that cannot carry anything personal. */
function correlationId(header: string | undefined): string | null {
  return header !== undefined && /^(?=.*[A-Za-z-])[A-Za-z0-9-]{8,64}$/.test(header) && !/\d{15}/.test(header)
    ? header
    : null
}
