import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import {
  type DigestedCriteria,
  digestCriteria,
  PLAIN_CRITERIA,
  type RecordCriteria,
  unusable,
} from '../audit/criteria.ts'
import type { Cursors } from '../audit/cursor.ts'
import { exportRecords } from '../audit/export.ts'
import { showLine, showWhole } from '../audit/record-view.ts'
import type { RecordSearch } from '../audit/records.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { AdministrativeRecords, OperatorGate } from '../operators/types.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { readLimit, readParameters } from './catalog-parameters.ts'
import type { Bindings } from './exchanges.ts'

export interface AdminRecordsDeps {
  gatewayId: string
  gate: OperatorGate
  records: AdministrativeRecords
  search: RecordSearch
  digests: SubjectDigests
  cursors: Cursors
  /** Most rows of one exported file. */
  exportRowLimit: number
  now: () => number
}

const MAX_BODY_BYTES = 16_384
const PATH = '/admin/v1/records'

/** Auditors' questions: `/admin/v1/records`, `…/search`, `…/export`, `…/{id}`. */
export function adminRecordsRoutes(deps: AdminRecordsDeps): Hono<Bindings> {
  const { gate, records, search, digests, cursors, now } = deps
  const app = new Hono<Bindings>()

  app.get(PATH, async (c) => {
    await gate.require(c, 'audit-administrator')
    assertNobodyNamed(c.req.queries())
    const { limit, cursor, count, ...criteria } = readParameters(c, [
      ...PLAIN_CRITERIA,
      'from',
      'to',
      'limit',
      'cursor',
      'count',
    ])
    const page = await answer(digestCriteria(criteria, digests, now()), readLimit(limit), cursor, count)
    if (page.next !== null) {
      const query = new URLSearchParams({ ...criteria, limit: String(readLimit(limit)), cursor: page.next })
      c.header('link', `<${PATH}?${query}>; rel="next"`)
    }
    return c.json(page, 200, { 'cache-control': 'no-store' })
  })

  app.post(`${PATH}/search`, async (c) => {
    const operator = await gate.require(c, 'audit-administrator')
    const { limit, cursor, count, ...criteria } = await body(c.req.raw, () => readBody(c, MAX_BODY_BYTES))
    const asked = digestCriteria(criteria, digests, now())
    const position = textOf('cursor', cursor)
    // Who looked for whom must not go unrecorded; the record is durable before anything is shown, and is not itself shown.
    const own =
      asked.subjectDigest === null && asked.operatorDigest === null
        ? null
        : await records.append({
            operator,
            verb: 'records.search',
            subjectDigest: asked.subjectDigest,
            target: null,
            reason: null,
            details: { criteria: Object.keys(criteria).sort().join(' '), furtherPage: position !== undefined },
          })
    const page = await answer(asked, limitOf(limit), position, textOf('count', count), own?.index)
    return c.json(page, 200, { 'cache-control': 'no-store' })
  })

  app.post(`${PATH}/export`, async (c) => {
    const operator = await gate.require(c, 'audit-administrator')
    const { limit, ...criteria } = await body(c.req.raw, () => readBody(c, MAX_BODY_BYTES))
    const asked = digestCriteria(criteria, digests, now())
    const rows = await exportable(asked, limit)
    const own = await records.append({
      operator,
      verb: 'records.export',
      subjectDigest: asked.subjectDigest,
      target: null,
      reason: null,
      details: {
        ...filtersOf(asked),
        criteria: Object.keys(criteria).sort().join(' '),
        rows,
        limit: deps.exportRowLimit,
      },
    })
    const watermark = { operator: operator.id, atMs: now(), record: own.index }
    const pieces = exportRecords(search, {
      criteria: asked,
      limit: rows,
      before: own.index,
      watermark,
      gatewayId: deps.gatewayId,
    })
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', `attachment; filename="guanyi-records-${own.index}.csv"`)
    c.header('cache-control', 'no-store')
    return stream(c, async (out) => {
      for await (const piece of pieces) await out.write(piece)
    })
  })

  app.get(`${PATH}/:id`, async (c) => {
    await gate.require(c, 'audit-administrator')
    const id = c.req.param('id')
    const known = /^(\d{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(id)
    const found = known ? await search.find(id) : undefined
    if (found === undefined) throw new ExchangeError('request.unknown-resource', 'no such record')
    return c.json(showWhole(found), 200, { 'cache-control': 'no-store' })
  })

  return app

  async function answer(
    criteria: DigestedCriteria,
    limit: number,
    cursor: string | undefined,
    count: string | undefined,
    upTo?: bigint,
  ) {
    if (count !== undefined && count !== 'approximate')
      throw unusable('/count', 'count 只能是 approximate', '`count` must be `approximate`')
    const before = cursor === undefined ? (upTo ?? null) : cursors.read(criteria, cursor)
    // One more than asked for tells whether there is another page.
    const lines = await search.page(criteria, before, limit + 1)
    const shown = lines.slice(0, limit)
    const next = lines.length > limit ? cursors.make(criteria, shown.at(-1)!.index) : null
    return {
      records: shown.map(showLine),
      next,
      ...(count === 'approximate' && (await search.count(criteria))),
    }
  }

  /** How many rows the file will have at most. Without `limit` everything must fit, so that no file is incomplete by surprise. */
  async function exportable(criteria: DigestedCriteria, limit: unknown): Promise<number> {
    const most = deps.exportRowLimit
    if (limit !== undefined) {
      if (Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= most) return Number(limit)
      throw unusable('/limit', `导出行数应为 1 至 ${most}`, `an export has 1 to ${most} rows`, 'export-limit')
    }
    let before: bigint | null = null
    for (let seen = 0; ; ) {
      const lines = await search.page(criteria, before, 500)
      seen += lines.length
      if (seen > most) {
        throw unusable(
          '/limit',
          `符合条件的记录超过 ${most} 条，请缩小范围，或以 limit 只取最新若干条`,
          `more than ${most} records match: narrow the question, or ask for the newest with \`limit\``,
          'export-limit',
        )
      }
      if (lines.length < 500) return Math.max(seen, 1)
      before = lines.at(-1)!.index
    }
  }
}

/** Which filters an export used, with their values where those name no one. */
const filtersOf = ({ plain, fromMs, toMs }: DigestedCriteria): Record<string, string | null> => ({
  ...plain,
  from: fromMs === null ? null : new Date(fromMs).toISOString(),
  to: toMs === null ? null : new Date(toMs).toISOString(),
})

/** Addresses end up in access logs and histories: whoever names a person does so in a body. */
function assertNobodyNamed(queries: Record<string, string[]>): void {
  if (Object.keys(queries).some((name) => /^(subject|operator)/.test(name))) {
    throw unusable(
      '/subject',
      '主体与经办人只能在 POST /admin/v1/records/search 的请求体中给出',
      'subject and operator go into the body of POST /admin/v1/records/search',
      'subject-in-url',
    )
  }
}

async function body(request: Request, read: () => Promise<Buffer>): Promise<RecordCriteria & Record<string, unknown>> {
  if (!(request.headers.get('content-type') ?? '').toLowerCase().startsWith('application/json')) {
    throw new ExchangeError('request.malformed', 'media type is not application/json', { status: 415 })
  }
  return parseJsonObject(await read()) as RecordCriteria & Record<string, unknown>
}

function limitOf(limit: unknown): number {
  if (limit === undefined) return readLimit(undefined)
  if (typeof limit !== 'number') throw unusable('/limit', 'limit 应为整数', '`limit` is an integer')
  return readLimit(String(limit))
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw unusable(`/${name}`, `${name} 应为字符串`, `\`${name}\` is text`)
}
