import { type Context, Hono } from 'hono'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Html } from '../html.ts'
import type { IssuedPaper } from '../materials/look-up-code.ts'
import { ASKING_POLICY } from '../materials/paper-style.ts'
import { askingPage, foundPage, notFoundPage } from '../materials/public-page.ts'
import type { Bindings } from './exchanges.ts'
import { callerOf } from './guard-strangers.ts'

export interface SheetRoutesDeps {
  lookUp: (typed: string) => Promise<IssuedPaper | undefined>
  trustedProxies: readonly string[]
  now: () => number
}

/** A counter clerk's pace with room to spare; a code cannot be guessed at any pace. */
const LOOKUPS = 60
const PERIOD_S = 60

/**
 * `GET /log/sheets`: the public page where anybody checks the code on a paper; with `Accept: application/json` for programs.
 *
 * Errors: `request.unknown-resource` alike for every code that leads nowhere; `quota.exceeded`; `record.unavailable`.
 */
export function sheetRoutes({ lookUp, trustedProxies, now }: SheetRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const limiter = new RateLimiterMemory({ points: LOOKUPS, duration: PERIOD_S })

  app.get('/log/sheets', async (c) => {
    const typed = c.req.query('code')
    if (typed === undefined || typed.trim() === '') return shown(c, askingPage(), 200)
    await limiter.consume(callerOf(c, trustedProxies) ?? 'unknown').catch(tooMany)
    const paper = await lookUp(typed)
    if (wantsJson(c)) {
      if (paper === undefined) throw new ExchangeError('request.unknown-resource', 'no paper bears this code')
      return c.json(paper, 200, { 'cache-control': 'no-store' })
    }
    return paper === undefined ? shown(c, notFoundPage(), 404) : shown(c, foundPage(paper, now()), 200)
  })
  return app
}

const shown = (c: Context<Bindings>, page: Html, status: 200 | 404): Response =>
  c.body(page.text, status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `${ASKING_POLICY}; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
  })

const wantsJson = (c: Context<Bindings>): boolean =>
  (c.req.header('accept') ?? '').includes('application/json') && !(c.req.header('accept') ?? '').includes('text/html')

function tooMany(thrown: unknown): never {
  const seconds = thrown instanceof RateLimiterRes ? Math.ceil(thrown.msBeforeNext / 1000) : PERIOD_S
  throw new ExchangeError('quota.exceeded', 'too many codes from one address', {
    publicDetail: { zh: '查验过于频繁，请稍后再试', en: 'too many look-ups; try later' },
    headers: { 'retry-after': String(seconds) },
    extensions: { retryAfterSeconds: seconds },
  })
}
