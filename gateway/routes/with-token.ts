import { Hono } from 'hono'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import type { Bindings } from './exchanges.ts'

/** Routes that take a token of the data plane, whatever they answer (design §4: GET, PUT and DELETE always take one). */
export function withToken(
  tokens: Pick<AccessTokens, 'authenticate'>,
  path: string,
  routes: Hono<Bindings>,
): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.use(path, async (c, next) => {
    await tokens.authenticate(c.req.header('authorization'), 'data')
    await next()
  })
  app.route('/', routes)
  return app
}
