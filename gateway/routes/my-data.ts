import { Hono } from 'hono'
import type { MyDataEnd } from '../dossier/my-data.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { languageOf, problemResponse } from '../errors/problem.ts'
import type { Received } from '../exchange.ts'
import { readBody } from '../requests/body.ts'
import { clientAddress } from '../requests/networks.ts'
import type { Strangers } from '../requests/strangers.ts'
import type { Bindings } from './exchanges.ts'

export interface MyDataRoutesDeps {
  /** `null` where the installation knows no identity provider: the route then answers that it is not there. */
  view: ((received: Received) => Promise<MyDataEnd>) | null
  strangers: Strangers
  /** Told how every view ended: for a counter and a log line; no name, no identifier. */
  onEnded: (end: { exchangeId: string; failure: ExchangeError | null }) => void
  trustedProxies: readonly string[]
  now: () => number
}

const MAX_BODY_BYTES = 4_096

/** `POST /v1/my-data`: for a person or organisation with a token of the city's identity provider. */
export function myDataRoutes(deps: MyDataRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.post('/v1/my-data', async (c) => {
    if (deps.view === null) throw new ExchangeError('request.unknown-resource', 'no identity provider is configured')
    const peer = c.env.incoming?.socket.remoteAddress ?? null
    const address = clientAddress(peer, c.req.header('x-forwarded-for'), deps.trustedProxies)
    await deps.strangers.admit(address)
    const end = await deps.view({
      op: 'my-data',
      receivedAtMs: deps.now(),
      body: await readBody(c, MAX_BODY_BYTES),
      contentType: c.req.header('content-type') ?? '',
      authorization: c.req.header('authorization'),
      accept: c.req.header('accept'),
      address,
      correlationId: null,
    })
    deps.onEnded(end)
    if (end.failure === null) return c.json(end.answer, 200, { 'cache-control': 'no-store' })
    const unrecorded = !end.known || end.failure.code === 'request.replayed'
    if (unrecorded) deps.strangers.failed(address)
    return problemResponse(
      end.failure,
      languageOf(c.req.header('accept-language')),
      unrecorded ? undefined : end.exchangeId,
    )
  })
  return app
}
