import { batchDocs } from '../batches/openapi.ts'
import { filterNames, type PublishedKind } from '../catalog/published.ts'
import { dialectDocs } from '../dialects/openapi.ts'
import { FAILURES } from '../errors/exchange-error.ts'
import { reportDocs } from '../events/openapi.ts'
import { prefillDocs } from '../prefill/openapi.ts'
import { answerSchemas, problemSchema } from '../requests/answer.schema.ts'
import { OPS, type Op, plainRequestSchema, signedRequestSchema } from '../requests/exchange-request.schema.ts'
import { furtherAnswers } from '../requests/further-answers.schema.ts'

const TITLES: Record<Op, string> = {
  query: '查询：按授权返回信息项 / query fields',
  verify: '核验：只返回是否一致 / compare values, none leaves',
  dossier: '一人一档、一企一档：上报的事件与各数源的现状 / reported events and live sections of a dossier',
}
const KINDS = ['datasets', 'scenarios', 'items', 'forms', 'certificates', 'bundles'] as const

/** OpenAPI 3.1 from the same schemas ajv runs: 3.1 is JSON Schema 2020-12, so one source serves both. */
export function openApiDocument(gatewayId: string, version: string): Record<string, unknown> {
  const reports = reportDocs(problems())
  const prefill = prefillDocs(problems)
  const batches = batchDocs(problems)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Guanyi 关驿 政务数据共享交换网关',
      version,
      description: `按场景授权的政务数据共享交换网关。网关编号（\`aud\`）：\`${gatewayId}\`。\n\nScenario-authorised data sharing for government departments.`,
    },
    paths: {
      ...Object.fromEntries(OPS.map((op) => [`/v1/${op}`, { post: exchangeOperation(op) }])),
      ...reports.paths,
      ...prefill.paths,
      ...dialectDocs(problems(404, 429, 503)),
      ...batches.paths,
      '/v1/exchanges/{id}': { get: ownExchange },
      '/oauth/token': { post: tokenOperation },
      '/.well-known/jwks.json': { get: plain('本网关的公钥 / this gateway’s public keys', ref('jwks')) },
      ...Object.fromEntries(
        KINDS.flatMap((kind) => [
          [`/v1/catalog/${kind}`, { get: catalogList(kind) }],
          [`/v1/catalog/${kind}/{id}`, { get: catalogEntry(kind) }],
        ]),
      ),
      '/v1/catalog/materials': { get: materials },
      '/healthz': { get: plain('进程存活 / alive', object) },
      '/readyz': { get: readiness },
    },
    components: {
      schemas: {
        ...Object.fromEntries(
          OPS.flatMap((op) => [
            [`${op}-signed`, signedRequestSchema(op)],
            [`${op}-plain`, plainRequestSchema(op)],
            [`${op}-answer`, answerSchemas[op]],
          ]),
        ),
        ...reports.schemas,
        ...prefill.schemas,
        ...batches.schemas,
        problem: problemSchema,
        ...furtherAnswers,
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })

/** Every status a refusal can have, with the codes that have it. */
const CODES_BY_STATUS = codesByStatus()
function codesByStatus(): Map<number, string[]> {
  const byStatus = new Map<number, string[]>()
  for (const [code, { status }] of Object.entries(FAILURES))
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  for (const status of [406, 413, 415]) byStatus.set(status, ['request.malformed'])
  return byStatus
}

/** One response per status, naming the codes that have it; all statuses unless told which. */
function problems(...statuses: number[]): Record<string, object> {
  const wanted = statuses.length > 0 ? statuses : [...CODES_BY_STATUS.keys()]
  return Object.fromEntries(
    wanted
      .toSorted((a, b) => a - b)
      .map((status) => [
        String(status),
        {
          description: (CODES_BY_STATUS.get(status) ?? []).map((code) => `\`${code}\``).join(', '),
          content: { 'application/problem+json': { schema: ref('problem') } },
        },
      ]),
  )
}

const CATALOG_REFUSALS = { 304: { description: '目录未变 / not modified' }, ...problems(400, 401, 404, 429) }

function exchangeOperation(op: Op): object {
  return {
    summary: TITLES[op],
    operationId: op,
    tags: ['交换 / exchange'],
    security: [{}, { token: [] }],
    requestBody: {
      required: true,
      description: `紧凑 JWS（\`typ: exchange-request+jws\`，其载荷见 \`${op}-signed\`），或携带访问令牌的 JSON。`,
      content: {
        'application/jose': {
          schema: { type: 'string', contentMediaType: 'application/json', contentSchema: ref(`${op}-signed`) },
        },
        'application/json': { schema: ref(`${op}-plain`) },
      },
    },
    responses: {
      200: {
        description: '至少一个数源作出了答复（“未查到”也是答复） / at least one source answered',
        content: {
          'application/json': { schema: ref(`${op}-answer`) },
          'application/sd-jwt': { schema: { type: 'string' } },
        },
      },
      ...problems(),
    },
  }
}

const idParameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
const answered = (schema: object): object => ({ description: 'OK', content: { 'application/json': { schema } } })
const object = { type: 'object' }

const plain = (summary: string, schema: object): object => ({
  summary,
  responses: { 200: answered(schema), ...problems(429) },
})

const readiness = {
  summary: '可以受理 / an exchange sent now can be expected to be answered',
  responses: { 200: answered(ref('readiness')), 503: answered(ref('readiness')), ...problems(429) },
}

const ownExchange = {
  summary: '查看本系统自己的一次交换 / one of the caller’s own exchanges',
  operationId: 'exchange',
  tags: ['交换 / exchange'],
  security: [{ token: [] }],
  parameters: [idParameter],
  responses: { 200: answered(ref('exchange-record')), ...problems(401, 404, 429, 503) },
}

const tokenOperation = {
  summary: '访问令牌：client_credentials + private_key_jwt（RFC 7523） / access token',
  operationId: 'token',
  requestBody: {
    required: true,
    content: {
      'application/x-www-form-urlencoded': {
        schema: {
          type: 'object',
          properties: {
            grant_type: { const: 'client_credentials' },
            client_assertion_type: { type: 'string' },
            client_assertion: { type: 'string' },
          },
          required: ['grant_type', 'client_assertion_type', 'client_assertion'],
        },
      },
    },
  },
  responses: { 200: answered(ref('token')), ...problems(400, 401, 403, 409, 413, 415, 429, 503) },
}

const parameter = (name: string): object => ({ name, in: 'query', schema: { type: 'string' } })

const catalogList = (kind: PublishedKind): object => ({
  summary: `目录：${kind}`,
  tags: ['目录 / catalogue'],
  security: [{ token: [] }],
  parameters: ['q', 'limit', 'cursor', ...filterNames(kind)].map(parameter),
  responses: { 200: answered(ref('catalog-list')), ...CATALOG_REFUSALS },
})

const catalogEntry = (kind: string): object => ({
  summary: `目录：${kind} 中的一项`,
  tags: ['目录 / catalogue'],
  security: [{ token: [] }],
  parameters: [idParameter],
  responses: { 200: answered(object), ...CATALOG_REFUSALS },
})

const materials = {
  summary: '这份材料能否通过共享取得 / can this material be had by sharing',
  tags: ['目录 / catalogue'],
  security: [{ token: [] }],
  parameters: [{ name: 'q', in: 'query', required: true, schema: { type: 'string' } }],
  responses: { 200: answered(object), ...CATALOG_REFUSALS },
}
