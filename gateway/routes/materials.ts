import { Hono } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Received } from '../exchange.ts'
import type { Delivered } from '../materials/deliver.ts'
import { PAPER_POLICY } from '../materials/paper-style.ts'
import { type CallDeps, createCall } from './call.ts'
import type { Bindings } from './exchanges.ts'

export interface MaterialRoutesDeps extends CallDeps {
  deliver: (received: Received, ref: string) => Promise<Delivered>
}

/** `GET /v1/materials/{ref}`: a 核验单 or the copy of a certificate, one HTML page for screen and A4. */
export function materialRoutes(deps: MaterialRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const call = createCall(deps)
  app.get('/v1/materials/:ref', (c) =>
    call(c, 'materials', async (received) => {
      assertHtml(received.accept)
      const ref = c.req.param('ref')
      // A GET has no body: what is asked for stands in its place, for the record's request hash.
      const asked = { ...received, contentType: 'application/json', body: Buffer.from(`GET /v1/materials/${ref}`) }
      const { known, index, page } = await deps.deliver(asked, ref)
      const response = c.html(page, 200, {
        'cache-control': 'no-store',
        'content-security-policy': `${PAPER_POLICY}; frame-ancestors 'none'`,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-exchange-id': known.exchangeId,
        'x-record-index': String(index),
      })
      return { known, response }
    }),
  )
  return app
}

/** PDF is made by whoever prints the page (decisions/2026-11-20-papers-in-html.md). Errors: `request.malformed`, 406. */
function assertHtml(accept: string | undefined): void {
  const types = (accept ?? '*/*').split(',').map((part) => part.split(';', 1)[0]!.trim().toLowerCase())
  if (types.some((type) => ['', 'text/html', 'text/*', '*/*', 'application/json'].includes(type))) return
  throw new ExchangeError('request.malformed', 'materials are HTML', {
    status: 406,
    publicDetail: {
      zh: '核验单和证照副本以 text/html 提供，版式为 A4；需要 PDF 的，请在浏览器中打印为 PDF',
      en: 'materials are text/html laid out for A4; print the page to have a PDF',
    },
  })
}
