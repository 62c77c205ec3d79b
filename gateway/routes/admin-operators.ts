import { Hono } from 'hono'
import { ROLE_NAMES } from '../operators/gate.ts'
import { OPERATOR_ROLES } from '../operators/registry-file.ts'
import type { OperatorGate } from '../operators/types.ts'
import type { Bindings } from './exchanges.ts'

/** `GET /admin/v1/operators/me`: who the token speaks for, for the console's head and for trying a key. */
export function adminOperatorRoutes({ gate }: { gate: OperatorGate }): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get('/admin/v1/operators/me', async (c) => {
    const operator = await gate.require(c, ...OPERATOR_ROLES)
    return c.json({ ...operator, roleName: ROLE_NAMES[operator.role] }, 200, { 'cache-control': 'no-store' })
  })
  return app
}
