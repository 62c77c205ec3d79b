import { Hono } from 'hono'
import type { ClerkActs } from '../clerk-tasks/clerk.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { OperatorGate } from '../operators/types.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import type { Bindings } from './exchanges.ts'

export interface AdminTasksDeps {
  gate: OperatorGate
  acts: ClerkActs
}

const PATH = '/admin/v1/tasks'
const MAX_BODY_BYTES = 262_144
const PAGE = 50
const NO_STORE = { 'cache-control': 'no-store' }
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** `/admin/v1/tasks` (协查): list, show, answer, refuse; for clerks, each for their own department. */
export function adminTasksRoutes({ gate, acts }: AdminTasksDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get(PATH, async (c) => {
    const operator = await gate.require(c, 'provider-clerk')
    const { state, before, ...others } = c.req.query()
    const unknown =
      Object.keys(others).length > 0 ||
      (state !== undefined && state !== 'open' && state !== 'ended') ||
      (before !== undefined && !UUID.test(before))
    if (unknown) throw new ExchangeError('request.malformed', 'an unknown parameter of the list of tasks')
    const tasks = await acts.list(operator, state ?? null, before ?? null, PAGE + 1)
    const shown = tasks.slice(0, PAGE)
    const next = tasks.length > PAGE ? shown.at(-1)!.id : null
    return c.json({ tasks: shown, next }, 200, NO_STORE)
  })
  app.get(`${PATH}/:id`, async (c) => {
    const operator = await gate.require(c, 'provider-clerk')
    return c.json(await acts.show(operator, c.req.param('id')), 200, NO_STORE)
  })
  for (const act of ['answer', 'refuse'] as const) {
    app.post(`${PATH}/:id/${act}`, async (c) => {
      const operator = await gate.require(c, 'provider-clerk')
      const body = parseJsonObject(await readBody(c, MAX_BODY_BYTES))
      return c.json(await acts[act](operator, c.req.param('id'), body), 200, NO_STORE)
    })
  }
  return app
}
