import { withEnvelope } from '../requests/exchange-request.schema.ts'
import { batchLineSchema, batchSchema } from './batch.schema.ts'

/** Paths and schemas of batches, for `/openapi.json`: the same objects ajv runs. */
export function batchDocs(problems: (...statuses: number[]) => Record<string, object>): {
  paths: Record<string, object>
  schemas: Record<string, object>
} {
  const known = problems(401, 404, 429, 503)
  const own = (method: string, summary: string, operationId: string, content: object, more: object = {}): object => ({
    [method]: {
      summary,
      operationId,
      tags: TAGS,
      security: [{ token: [] }],
      parameters: [ID],
      ...more,
      responses: { 200: { description: 'OK', content }, ...known, ...(method === 'get' ? {} : problems(400, 413)) },
    },
  })
  return {
    paths: {
      '/v1/batches': {
        post: {
          summary: '批次：登记一次多主体查询，随后上传主体清单 / many subjects under one request; their list follows',
          operationId: 'batches',
          tags: TAGS,
          security: [{}, { token: [] }],
          requestBody: {
            required: true,
            description: '紧凑 JWS（`typ: exchange-request+jws`，其载荷见 `batch-signed`），或携带访问令牌的 JSON。',
            content: {
              'application/jose': {
                schema: { type: 'string', contentMediaType: 'application/json', contentSchema: ref('batch-signed') },
              },
              'application/json': { schema: ref('batch-plain'), example: EXAMPLE },
            },
          },
          responses: {
            201: {
              description: '已登记，等待主体清单 / taken in, waiting for its subjects',
              headers: { location: { schema: { type: 'string' } }, 'x-exchange-id': { schema: { type: 'string' } } },
              content: VIEW,
            },
            ...problems(),
          },
        },
      },
      '/v1/batches/{id}': {
        ...own('get', '批次的进度 / how far it is', 'batch', VIEW),
        ...own('delete', '取消：未开始的行不再执行 / lines not begun are not run', 'cancel-batch', VIEW),
      },
      '/v1/batches/{id}/subjects': own(
        'put',
        '上传主体清单：NDJSON，行数与摘要须与登记一致；重复上传以后到者为准 / the subjects, with the count and digest signed for; a later upload replaces one under way',
        'batch-subjects',
        VIEW,
        { requestBody: { required: true, content: { 'application/x-ndjson': { schema: ref('batch-line') } } } },
      ),
      '/v1/batches/{id}/events': own(
        'get',
        '进度推送（SSE），可凭 Last-Event-ID 续接 / progress as server-sent events, resumable',
        'batch-events',
        { 'text/event-stream': { schema: { type: 'string' } } },
        {
          parameters: [ID, { name: 'last-event-id', in: 'header', schema: { type: 'string', pattern: '^\\d{1,18}$' } }],
        },
      ),
      '/v1/batches/{id}/results': own(
        'get',
        '结果：NDJSON，每行一个主体；办结后七日内可取 / one line per subject, for seven days once finished',
        'batch-results',
        { 'application/x-ndjson': { schema: ref('batch-result') } },
      ),
      '/v1/batches/{id}/results/ack': own(
        'post',
        '确认收妥：凭结果的摘要，随即销毁 / received, by their digest; they are destroyed',
        'acknowledge-batch',
        VIEW,
        {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: ref('batch-ack'), example: { sha256: DIGEST } } },
          },
        },
      ),
    },
    schemas: {
      'batch-plain': batchSchema,
      'batch-signed': withEnvelope(batchSchema),
      'batch-line': batchLineSchema,
      'batch-view': viewSchema,
      'batch-result': resultSchema,
      'batch-ack': ackSchema,
    },
  }
}

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
const TAGS = ['批次 / batches']
const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
const VIEW = { 'application/json': { schema: ref('batch-view') } }

const DIGEST = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'
const EXAMPLE = {
  jti: 'ZXhhbXBsZS1vZi1hLWJhdGNo',
  scenario: 'P10.1',
  item: 'rongcheng-p-100',
  case: '11371082PDY003018B3370705001001202611200001',
  purpose: '养老待遇领取资格核验',
  fields: ['death-registration.state'],
  count: 2,
  subjectsSha256: DIGEST,
}

const count = { type: 'integer', minimum: 0 }
const instant = { type: 'string', format: 'date-time' }
const maybeInstant = { type: ['string', 'null'], format: 'date-time' }

const viewSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    state: { enum: ['awaiting-subjects', 'running', 'cancelling', 'completed', 'cancelled', 'destroyed'] },
    scenario: { type: 'string' },
    count,
    subjectsSha256: { type: ['string', 'null'], description: '销毁后为空 / null once destroyed' },
    done: count,
    released: count,
    refused: count,
    failed: count,
    revision: { type: 'string', description: 'SSE 的事件编号 / the event id' },
    createdAt: instant,
    completedAt: maybeInstant,
    expiresAt: maybeInstant,
    links: { type: 'object', additionalProperties: { type: 'string' } },
  },
  required: ['id', 'state', 'count', 'done', 'released', 'refused', 'failed', 'revision', 'completedAt', 'links'],
}

const resultSchema = {
  type: 'object',
  description: '放行的行带数据、来源与证据；拒绝或失败的行带问题详情 / data and evidence, or the problem',
  properties: {
    line: { type: 'integer', minimum: 1 },
    outcome: { enum: ['released', 'refused', 'failed'] },
    exchangeId: { type: 'string' },
    complete: { type: 'boolean' },
    data: { type: 'object' },
    sources: { type: 'object' },
    decision: { type: 'object' },
    evidence: { type: 'string' },
    problem: ref('problem'),
  },
  required: ['line', 'outcome', 'exchangeId'],
}

const ackSchema = {
  type: 'object',
  properties: { sha256: { type: 'string', description: 'SHA-256 of the results as read, base64url' } },
  required: ['sha256'],
  additionalProperties: false,
}
