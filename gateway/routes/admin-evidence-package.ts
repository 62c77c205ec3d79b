import { Hono } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import { buildPackage, type PackageDeps } from '../evidence-package/build.ts'
import type { OperatorGate } from '../operators/types.ts'
import type { Bindings } from './exchanges.ts'

/**
 * `GET /admin/v1/records/{id}/evidence-package`: the ZIP of one record. `?unseal=request&reason=…` opens the signed
 * request for it; `reason` alone is recorded with the building.
 */
export function adminEvidencePackageRoutes(deps: PackageDeps & { gate: OperatorGate }): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get('/admin/v1/records/:id/evidence-package', async (c) => {
    const operator = await deps.gate.require(c, 'audit-administrator')
    const unseal = c.req.query('unseal')
    if (unseal !== undefined && unseal !== 'request') {
      throw new ExchangeError('request.malformed', '`unseal` is not `request`', {
        reasons: [
          { rule: 'enum', pointer: '/unseal', zh: 'unseal 只能是 request', en: 'unseal can only be `request`' },
        ],
      })
    }
    const { fileName, zip } = await buildPackage(deps, {
      exchangeId: recordId(c.req.param('id')),
      operator,
      unsealRequest: unseal === 'request',
      reason: c.req.query('reason')?.trim() || null,
    })
    return c.body(new Uint8Array(zip), 200, {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${fileName}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })
  return app
}

/** An id of another form names nothing here; it is not looked up and not repeated in a message. */
export function recordId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text
  throw new ExchangeError('request.unknown-resource', 'no such record')
}
