import { Hono } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import { openedRequest } from '../evidence-package/checks/request.ts'
import type { Unsealer } from '../evidence-package/unseal.ts'
import type { OperatorGate } from '../operators/types.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { recordId } from './admin-evidence-package.ts'
import type { Bindings } from './exchanges.ts'

export interface AdminUnsealDeps {
  gate: OperatorGate
  log: Pick<ExchangeLog, 'find'>
  unsealer: Unsealer
}

/** `POST /admin/v1/records/{id}/unseal` `{ what: "request" | "operator", reason }`: recorded first, then opened. */
export function adminUnsealRoutes({ gate, log, unsealer }: AdminUnsealDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.post('/admin/v1/records/:id/unseal', async (c) => {
    const operator = await gate.require(c, 'audit-administrator')
    const { what, reason } = demandOf(parseJsonObject(await readBody(c, 16_384)))
    const record = await log.find(recordId(c.req.param('id')))
    if (record === undefined) throw new ExchangeError('request.unknown-resource', 'no such record')
    const demand = { record, operator, reason }
    const opened =
      what === 'operator' ? { operator: await unsealer.operator(demand) } : requestOf(await unsealer.request(demand))
    return c.json({ exchangeId: record.exchangeId, what, ...opened }, 200, { 'cache-control': 'no-store' })
  })
  return app
}

/** `raw` is the body as received, the very bytes the entry commits to; `members` what it says. */
function requestOf({ body }: { body: Buffer }): { raw: string; members: object | null } {
  return { raw: body.toString('utf8'), members: openedRequest(body) ?? null }
}

function demandOf({ what, reason, ...others }: Record<string, unknown>): {
  what: 'request' | 'operator'
  reason: string
} {
  const wrong = [
    ...(what === 'request' || what === 'operator' ? [] : ['/what']),
    ...(typeof reason === 'string' ? [] : ['/reason']),
    ...Object.keys(others).map(() => '/*'),
  ]
  if (wrong.length === 0) return { what: what as 'request' | 'operator', reason: reason as string }
  throw new ExchangeError('request.malformed', 'members do not fit', {
    reasons: wrong.map((pointer) => ({
      rule: 'schema',
      pointer,
      zh: '请求体应为 {"what": "request" 或 "operator", "reason": "事由"}',
      en: 'send {"what": "request" or "operator", "reason": "why"}',
    })),
  })
}
