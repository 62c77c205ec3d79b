import { batchDocs } from '../batches/openapi.ts'
import { filterNames, type PublishedKind } from '../catalog/published.ts'
import { dialectDocs } from '../dialects/openapi.ts'
import { reportDocs } from '../events/openapi.ts'
import { logDocs } from '../log/openapi.ts'
import { prefillDocs } from '../prefill/openapi.ts'
import { answerSchemas, problemSchema } from '../requests/answer.schema.ts'
import { OPS, type Op, plainRequestSchema, signedRequestSchema } from '../requests/exchange-request.schema.ts'
import { furtherAnswers } from '../requests/further-answers.schema.ts'
import { answered, inPath, inQuery, object, problems, ref, TAGS, usedTags } from './openapi-parts.ts'

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
  const paths: Record<string, object> = {
    ...Object.fromEntries(OPS.map((op) => [`/v1/${op}`, { post: exchangeOperation(op) }])),
    ...batches.paths,
    ...reports.paths,
    ...prefill.paths,
    ...dialectDocs(problems(404, 429, 503)),
    '/v1/exchanges/{id}': { get: ownExchange },
    ...logDocs(),
    '/oauth/token': { post: tokenOperation },
    '/.well-known/jwks.json': {
      get: {
        summary: '本网关的公钥 / this gateway’s public keys',
        operationId: 'jwks',
        tags: [TAGS.access],
        security: [],
        responses: { 200: answered(ref('jwks')), ...problems(429) },
      },
    },
    ...Object.fromEntries(
      KINDS.flatMap((kind) => [
        [`/v1/catalog/${kind}`, { get: catalogList(kind) }],
        [`/v1/catalog/${kind}/{id}`, { get: catalogEntry(kind) }],
      ]),
    ),
    '/v1/catalog/materials': { get: materials },
    ...healthDocs,
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Guanyi 关驿 政务数据共享交换网关',
      version,
      description: `按场景授权的政务数据共享交换网关。网关编号（\`aud\`）：\`${gatewayId}\`。\n\nScenario-authorised data sharing for government departments.`,
    },
    tags: usedTags(paths),
    paths,
    components: {
      schemas: {
        ...Object.fromEntries(
          OPS.flatMap((op) => [
            [`${op}-signed`, signedRequestSchema(op)],
            [`${op}-plain`, plainRequestSchema(op)],
            [`${op}-answer`, answerSchemas[op]],
          ]),
        ),
        ...batches.schemas,
        ...reports.schemas,
        ...prefill.schemas,
        problem: problemSchema,
        ...furtherAnswers,
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

/** Of the sample city; no living person can bear the numbers. */
const SCHOOL = {
  jti: 'ZXhhbXBsZS1vZi1hLXF1ZXJ5',
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  case: '11371082PDY003018B3370705001001202611200001',
  purpose: '义务教育入学资格核验',
  operator: { id: 'jyj-0231', name: '测试李四', unit: '义务教育科', assurance: 'asserted' },
  subject: { type: 'person', idType: 'resident-id', id: '371099201907120017', name: '测试王小明' },
}
const EXAMPLES: Partial<Record<Op, object>> = {
  query: { ...SCHOOL, fields: ['household-registration.address', 'household-registration.householder'] },
  verify: { ...SCHOOL, claims: { 'household-registration.householder': '测试王大明' } },
}

const CATALOG_REFUSALS = { 304: { description: '目录未变 / not modified' }, ...problems(400, 401, 404, 429) }

function exchangeOperation(op: Op): object {
  return {
    summary: TITLES[op],
    operationId: op,
    tags: [TAGS.exchange],
    security: [{}, { token: [] }],
    requestBody: {
      required: true,
      description: `紧凑 JWS（\`typ: exchange-request+jws\`，其载荷见 \`${op}-signed\`），或携带访问令牌的 JSON。`,
      content: {
        'application/jose': {
          schema: { type: 'string', contentMediaType: 'application/json', contentSchema: ref(`${op}-signed`) },
        },
        'application/json': { schema: ref(`${op}-plain`), ...(EXAMPLES[op] && { example: EXAMPLES[op] }) },
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

/** Of both planes. */
export const healthDocs: Record<string, object> = {
  '/healthz': {
    get: {
      summary: '进程存活 / alive',
      operationId: 'alive',
      tags: [TAGS.running],
      security: [],
      responses: { 200: answered(object), ...problems(429) },
    },
  },
  '/readyz': {
    get: {
      summary: '可以受理 / an exchange sent now can be expected to be answered',
      operationId: 'ready',
      tags: [TAGS.running],
      security: [],
      responses: { 200: answered(ref('readiness')), 503: answered(ref('readiness')), ...problems(429) },
    },
  },
}

const ownExchange = {
  summary: '查看本系统自己的一次交换 / one of the caller’s own exchanges',
  operationId: 'exchange',
  tags: [TAGS.exchange],
  security: [{ token: [] }],
  parameters: inPath('id'),
  responses: { 200: answered(ref('exchange-record')), ...problems(401, 404, 429, 503) },
}

export const tokenOperation = {
  summary: '访问令牌：client_credentials + private_key_jwt（RFC 7523） / access token',
  operationId: 'token',
  tags: [TAGS.access],
  security: [],
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

const catalogList = (kind: PublishedKind): object => ({
  summary: `目录：${kind}`,
  operationId: `${kind}List`,
  tags: [TAGS.catalogue],
  security: [{ token: [] }],
  parameters: inQuery('q', 'limit', 'cursor', ...filterNames(kind)),
  responses: { 200: answered(ref('catalog-list')), ...CATALOG_REFUSALS },
})

const catalogEntry = (kind: string): object => ({
  summary: `目录：${kind} 中的一项`,
  operationId: `${kind}Entry`,
  tags: [TAGS.catalogue],
  security: [{ token: [] }],
  parameters: inPath('id'),
  responses: { 200: answered(object), ...CATALOG_REFUSALS },
})

const materials = {
  operationId: 'catalogMaterials',
  summary: '这份材料能否通过共享取得 / can this material be had by sharing',
  tags: [TAGS.catalogue],
  security: [{ token: [] }],
  parameters: [{ name: 'q', in: 'query', required: true, schema: { type: 'string' } }],
  responses: { 200: answered(object), ...CATALOG_REFUSALS },
}
