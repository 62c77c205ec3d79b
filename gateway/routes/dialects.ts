import { type Context, Hono } from 'hono'
import { answerOf, dialectResponse, refusalOf } from '../dialects/national/answer.ts'
import { readMarks } from '../dialects/national/marks.ts'
import type { createDialectCall } from '../dialects/national/run-call.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { DialectProfiles } from '../ports/dialect-profiles.ts'
import { type CallDeps, createCall } from './call.ts'
import type { Bindings } from './exchanges.ts'
import { callerOf } from './guard-strangers.ts'

export interface DialectRoutesDeps extends CallDeps {
  run: ReturnType<typeof createDialectCall>
  profiles: Pick<DialectProfiles, 'any'>
}

export const DIALECT_PATHS = ['/httpproxy', '/gateway/api/1/:interface'] as const
const OFF_FOR_MS = 1_000

/** The national dialect's paths, for old callers. They do not exist until the first profile is admitted. */
export function dialectRoutes(deps: DialectRoutesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const call = createCall(deps)
  let on = false
  let askedAtMs = Number.NEGATIVE_INFINITY

  /** Profiles are never taken away, so a yes stays; a no is asked again, but not for every stranger's call. */
  async function isOn(): Promise<boolean> {
    if (on || Math.abs(deps.now() - askedAtMs) < OFF_FOR_MS) return on
    on = await deps.profiles.any()
    askedAtMs = deps.now()
    return on
  }

  function refuse(c: Context<Bindings>, failure: ExchangeError, exchangeId: string | undefined): Response {
    // The guard counts by status, and this dialect's is 200.
    if (exchangeId === undefined) deps.strangers.failed(callerOf(c, deps.trustedProxies))
    return dialectResponse(refusalOf(failure, exchangeId))
  }

  async function handle(c: Context<Bindings>): Promise<Response> {
    if (!(await isOn())) throw new ExchangeError('request.unknown-resource', 'no such path')
    const { path, method } = c.req
    if (method !== 'POST') return refuse(c, new ExchangeError('request.unknown-resource', 'not a POST'), undefined)
    return call(
      c,
      'query',
      async (received) => {
        const { recorded, profile } = await deps.run(received, { path, marks: readMarks((name) => c.req.header(name)) })
        const index = { 'x-record-index': String(recorded.index) }
        return { known: recorded, response: dialectResponse(answerOf(recorded, profile), index) }
      },
      (failure, exchangeId) => refuse(c, failure, exchangeId),
    )
  }
  for (const path of DIALECT_PATHS) app.all(path, handle)
  return app
}
