import { Ajv2020 } from 'ajv/dist/2020.js'
import { type Context, Hono } from 'hono'
import { ExchangeError } from '../errors/exchange-error.ts'
import { buildPackage, type PackageDeps, type PackageRequest } from '../evidence-package/build.ts'
import type { ExchangeRequest, Subject } from '../exchange.ts'
import type { Operator, OperatorGate } from '../operators/types.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { normaliseSubjects } from '../requests/subjects.ts'
import type { Bindings } from './exchanges.ts'

/**
 * `GET /admin/v1/records/{id}/evidence-package`: the ZIP of one record. `?unseal=request&reason=…` opens the signed
 * request for it; `reason` alone is recorded with the building.
 *
 * `POST` with `{ unseal?, reason?, subject?: { type, idType, id } }` does the same and also says whether the record is
 * about that subject: an identifier does not belong into an address.
 */
export function adminEvidencePackageRoutes(deps: PackageDeps & { gate: OperatorGate }): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const path = '/admin/v1/records/:id/evidence-package'
  app.get(path, async (c) => {
    const operator = await deps.gate.require(c, 'audit-administrator')
    return await answer(c, operator, c.req.param('id'), {
      unseal: c.req.query('unseal'),
      reason: c.req.query('reason'),
    })
  })
  app.post(path, async (c) => {
    const operator = await deps.gate.require(c, 'audit-administrator')
    return await answer(c, operator, c.req.param('id'), parseJsonObject(await readBody(c, 16_384)))
  })
  return app

  async function answer(c: Context<Bindings>, operator: Operator, id: string, asked: Record<string, unknown>) {
    const exchangeId = recordId(id)
    const { fileName, zip } = await buildPackage(deps, { exchangeId, operator, ...wanted(asked, deps.now()) })
    return c.body(new Uint8Array(zip), 200, {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${fileName}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  }
}

const fits = new Ajv2020({ strict: true, allErrors: true }).compile<{
  unseal?: 'request'
  reason?: string
  subject?: Subject
}>({
  type: 'object',
  additionalProperties: false,
  properties: {
    unseal: { const: 'request' },
    reason: { type: 'string', maxLength: 1000 },
    subject: {
      type: 'object',
      additionalProperties: false,
      required: ['type', 'idType', 'id'],
      properties: {
        type: { enum: ['person', 'organisation', 'property', 'vehicle', 'project'] },
        idType: { type: 'string', maxLength: 64 },
        id: { type: 'string', maxLength: 64 },
      },
    },
  },
})

function wanted(
  asked: Record<string, unknown>,
  nowMs: number,
): Pick<PackageRequest, 'unsealRequest' | 'reason' | 'subject'> {
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
  if (!fits(given)) {
    throw new ExchangeError('request.malformed', 'members do not fit', {
      // A pointer can hold an unknown member's name, and that whatever was typed there: the schema's own path is given.
      reasons: (fits.errors ?? []).map(({ schemaPath, keyword }) => ({
        rule: keyword,
        pointer: schemaPath.replace(/^#\/properties|\/[^/]+$/g, '') || '/',
        zh: 'unseal 只能是 request；reason 为事由；subject 为 {type, idType, id}',
        en: 'unseal can only be `request`; reason is text; subject is {type, idType, id}',
      })),
    })
  }
  const { unseal, reason, subject } = given as { unseal?: string; reason?: string; subject?: Subject }
  const request = { unsealRequest: unseal === 'request', reason: reason?.trim() || null }
  return subject === undefined
    ? request
    : { ...request, subject: normaliseSubjects({ subject } as ExchangeRequest, nowMs).subject }
}

/** An id of another form names nothing here; it is not looked up and not repeated in a message. */
export function recordId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text
  throw new ExchangeError('request.unknown-resource', 'no such record')
}
