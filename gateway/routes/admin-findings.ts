import { Hono } from 'hono'
import { unusable } from '../audit/criteria.ts'
import type { Cursors } from '../audit/cursor.ts'
import { FINDING_KINDS, FINDING_NAMES, type Finding, type FindingFilter, type FindingStore } from '../audit/findings.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { AdministrativeRecords, OperatorGate } from '../operators/types.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { readLimit, readParameters } from './catalog-parameters.ts'
import type { Bindings } from './exchanges.ts'

export interface AdminFindingsDeps {
  gate: OperatorGate
  records: AdministrativeRecords
  findings: FindingStore
  cursors: Cursors
  now: () => number
}

const PATH = '/admin/v1/findings'
/** Records of one finding that are answered with their exchange ids. */
const SHOWN_RECORDS = 1_000

/** `GET /admin/v1/findings[/{id}]` and `POST …/{id}/close`. */
export function adminFindingsRoutes({ gate, records, findings, cursors, now }: AdminFindingsDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()

  app.get(PATH, async (c) => {
    await gate.require(c, 'audit-administrator')
    const { limit, cursor, ...filter } = readParameters(c, ['kind', 'status', 'system', 'limit', 'cursor'])
    if (filter.kind !== undefined && !FINDING_KINDS.some((kind) => kind === filter.kind))
      throw unusable('/kind', `kind 应为 ${FINDING_KINDS.join('、')} 之一`, 'there is no such kind of finding')
    if (filter.status !== undefined && !['open', 'closed'].includes(filter.status))
      throw unusable('/status', 'status 应为 open 或 closed', '`status` is open or closed')
    const most = readLimit(limit)
    const before = cursor === undefined ? null : cursors.read({ findings: filter }, cursor)
    const found = await findings.list(filter as FindingFilter, before, most + 1)
    const shown = found.slice(0, most)
    const next = found.length > most ? cursors.make({ findings: filter }, BigInt(shown.at(-1)!.id)) : null
    if (next !== null) {
      const query = new URLSearchParams({ ...filter, limit: String(most), cursor: next })
      c.header('link', `<${PATH}?${query}>; rel="next"`)
    }
    return c.json({ findings: shown.map(summary), next }, 200, { 'cache-control': 'no-store' })
  })

  app.get(`${PATH}/:id`, async (c) => {
    await gate.require(c, 'audit-administrator')
    const found = await known(c.req.param('id'))
    const shown = found.records.slice(0, SHOWN_RECORDS)
    const ids = await findings.exchangeIds(shown)
    return c.json(
      {
        ...summary(found),
        records: shown.map((index) => ({
          index: String(index),
          exchangeId: ids.get(index) ?? null,
          link: `/admin/v1/records/${index}`,
        })),
      },
      200,
      { 'cache-control': 'no-store' },
    )
  })

  app.post(`${PATH}/:id/close`, async (c) => {
    const operator = await gate.require(c, 'audit-administrator')
    const found = await known(c.req.param('id'))
    const { reason } = parseJsonObject(await readBody(c, 16_384))
    if (typeof reason !== 'string' || reason.trim().length < 2 || reason.length > 500)
      throw unusable('/reason', '请写明处理意见（2 至 500 字）', 'give a reason of 2 to 500 characters')
    if (found.status === 'closed') throw alreadyClosed()
    await records.append({
      operator,
      verb: 'findings.close',
      subjectDigest: null,
      target: `finding:${found.id}`,
      reason,
      details: { kind: found.kind, day: found.day, records: found.records.length },
    })
    if (!(await findings.closeFinding(found.id, operator.id, reason, now()))) throw alreadyClosed()
    return c.json(summary(await known(found.id)))
  })

  return app

  async function known(id: string): Promise<Finding> {
    const found = /^[1-9]\d{0,17}$/.test(id) ? await findings.find(id) : undefined
    if (found === undefined) throw new ExchangeError('request.unknown-resource', 'no such finding')
    return found
  }
}

const summary = ({ records, foundAtMs, grownAtMs, closed, ...finding }: Finding): Record<string, unknown> => ({
  ...finding,
  name: FINDING_NAMES[finding.kind].zh,
  nameEn: FINDING_NAMES[finding.kind].en,
  recordCount: records.length,
  foundAt: new Date(foundAtMs).toISOString(),
  grownAt: new Date(grownAtMs).toISOString(),
  closed: closed && { at: new Date(closed.atMs).toISOString(), by: closed.by, reason: closed.reason },
})

const alreadyClosed = (): ExchangeError =>
  new ExchangeError('request.malformed', 'the finding is closed already', {
    status: 409,
    reasons: [{ rule: 'closed', zh: '该发现已经办结', en: 'this finding has been closed already' }],
  })
