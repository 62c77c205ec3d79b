import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { asExchangeError, ExchangeError } from '../errors/exchange-error.ts'
import type { Received, Recorded } from '../exchange.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { OPS } from '../requests/exchange-request.schema.ts'
import { respond } from '../stages/respond.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { type CallDeps, createCall } from './call.ts'

export interface ExchangeRoutesDeps extends CallDeps {
  run: (received: Received) => Promise<Recorded>
  log: Pick<ExchangeLog, 'find'>
  tokens: Pick<AccessTokens, 'authenticate'>
}

export type Bindings = { Bindings: HttpBindings }

/** `POST /v1/query`, `/v1/verify`, `/v1/dossier`, `GET /v1/exchanges/{id}`. */
export function exchangeRoutes(deps: ExchangeRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const call = createCall(deps)
  for (const op of OPS) {
    app.post(`/v1/${op}`, (c) =>
      call(c, op, async (received) => {
        const recorded = await deps.run(received)
        return { known: recorded, response: respond(recorded) }
      }),
    )
  }
  app.get('/v1/exchanges/:id', ownExchange)
  return app

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
