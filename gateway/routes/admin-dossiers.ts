import { type Context, Hono } from 'hono'
import type { AccessHistory } from '../dossier/accesses.ts'
import { createLookup, type LookupDeps } from '../dossier/lookup.ts'
import { createLift, createSuppress } from '../dossier/suppression.ts'
import type { OperatorGate } from '../operators/types.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import type { Bindings } from './exchanges.ts'

export interface AdminDossierDeps extends LookupDeps {
  gate: OperatorGate
  history: AccessHistory
}

const MAX_BODY_BYTES = 16_384
const NO_STORE = { 'cache-control': 'no-store' }

/**
 * `POST /admin/v1/dossiers/lookup` (audit), `POST /admin/v1/dossiers/suppressions` and `…/lift` (security): identifiers in
 * the body, never in an address, since addresses end in access logs.
 */
export function adminDossierRoutes(deps: AdminDossierDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const lookup = createLookup(deps)
  const suppress = createSuppress(deps)
  const lift = createLift(deps)
  const body = async (c: Context<Bindings>): Promise<Record<string, unknown>> =>
    parseJsonObject(await readBody(c, MAX_BODY_BYTES))

  app.post('/admin/v1/dossiers/lookup', async (c) => {
    const operator = await deps.gate.require(c, 'audit-administrator')
    return c.json(await lookup(operator, await body(c)), 200, NO_STORE)
  })
  app.post('/admin/v1/dossiers/suppressions', async (c) => {
    const operator = await deps.gate.require(c, 'security-administrator')
    return c.json(await suppress(operator, await body(c)), 201, NO_STORE)
  })
  app.post('/admin/v1/dossiers/suppressions/lift', async (c) => {
    const operator = await deps.gate.require(c, 'security-administrator')
    return c.json(await lift(operator, await body(c)), 200, NO_STORE)
  })
  return app
}
