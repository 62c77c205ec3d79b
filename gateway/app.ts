import { Hono } from 'hono'
import { asExchangeError, ExchangeError } from './errors/exchange-error.ts'
import { languageOf, problemResponse } from './errors/problem.ts'
import type { Bindings } from './routes/exchanges.ts'
import { type GuardDeps, guardStrangers } from './routes/guard-strangers.ts'
import { describeError, type Logger } from './telemetry/logger.ts'

export interface AppDeps {
  routes: readonly Hono<Bindings>[]
  /** Absent only where no stranger comes. */
  guard?: GuardDeps
  logger: Logger
}

/**
 * One plane of the gateway: its routes, and one answer for everything they do not answer. Whatever is thrown, whatever
 * path or method is asked for, leaves as problem+json.
 */
export function createApp({ routes, guard, logger }: AppDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  if (guard !== undefined) app.use(guardStrangers(guard))
  for (const route of routes) app.route('/', route)
  const paths = [...new Map(app.routes.map(({ path, method }) => [`${method} ${path}`, { path, method }])).values()]

  app.notFound((c) => {
    const allowed = methodsOf(paths, c.req.path)
    const failure =
      allowed.length > 0
        ? new ExchangeError('request.unknown-resource', 'method not allowed', {
            status: 405,
            headers: { allow: allowed.join(', ') },
          })
        : new ExchangeError('request.unknown-resource', 'no such path')
    return problemResponse(failure, languageOf(c.req.header('accept-language')))
  })
  app.onError((thrown, c) => {
    const failure = asExchangeError(thrown)
    if (failure.code === 'internal')
      logger.error({ error: describeError(failure.cause ?? thrown) }, 'unexpected failure')
    return problemResponse(failure, languageOf(c.req.header('accept-language')))
  })
  return app
}

function methodsOf(paths: { path: string; method: string }[], asked: string): string[] {
  const matches = paths.filter(({ path, method }) => method !== 'ALL' && patternOf(path).test(asked))
  return [...new Set(matches.map(({ method }) => method))].sort()
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/:[a-zA-Z]+(\{[^}]*\})?/g, '[^/]+').replace(/\*/g, '.*')}$`)
