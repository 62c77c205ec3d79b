import { FAILURES } from '../errors/exchange-error.ts'
import { reportDocs } from '../events/openapi.ts'
import { answerSchemas, problemSchema } from '../requests/answer.schema.ts'
import { OPS, type Op, plainRequestSchema, signedRequestSchema } from '../requests/exchange-request.schema.ts'

const TITLES: Record<Op, string> = {
  query: '查询：按授权返回信息项 / query fields',
  verify: '核验：只返回是否一致 / compare values, none leaves',
  dossier: '一人一档、一企一档：上报的事件与各数源的现状 / reported events and live sections of a dossier',
}
const KINDS = ['datasets', 'scenarios', 'items', 'forms', 'certificates', 'bundles']

/** OpenAPI 3.1 from the same schemas ajv runs: 3.1 is JSON Schema 2020-12, so one source serves both. */
export function openApiDocument(gatewayId: string, version: string): Record<string, unknown> {
  const reports = reportDocs(problems())
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
      '/v1/exchanges/{id}': { get: ownExchange },
      '/oauth/token': { post: tokenOperation },
      '/.well-known/jwks.json': { get: plain('本网关的公钥 / this gateway’s public keys') },
      ...Object.fromEntries(
        KINDS.flatMap((kind) => [
          [`/v1/catalog/${kind}`, { get: catalogList(kind) }],
          [`/v1/catalog/${kind}/{id}`, { get: catalogEntry(kind) }],
        ]),
      ),
      '/healthz': { get: plain('进程存活 / alive') },
      '/readyz': { get: plain('可以受理 / ready') },
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
        problem: problemSchema,
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })

/** One response per status, naming the codes that have it. */
function problems(): Record<string, object> {
  const byStatus = new Map<number, string[]>()
  for (const [code, { status }] of Object.entries(FAILURES))
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  for (const status of [406, 413, 415]) byStatus.set(status, ['request.malformed'])
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\``).join(', '),
          content: { 'application/problem+json': { schema: ref('problem') } },
        },
      ]),
  )
}

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
const json = { 'application/json': { schema: { type: 'object' } } }
const notFound = {
  404: {
    description: '`request.unknown-resource`',
    content: { 'application/problem+json': { schema: ref('problem') } },
  },
}
const plain = (summary: string): object => ({ summary, responses: { 200: { description: 'OK', content: json } } })

const ownExchange = {
  summary: '查看本系统自己的一次交换 / one of the caller’s own exchanges',
  operationId: 'exchange',
  tags: ['交换 / exchange'],
  security: [{ token: [] }],
  parameters: [idParameter],
  responses: { 200: { description: 'OK', content: json }, ...notFound },
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
  responses: { 200: { description: 'OK', content: json } },
}

const catalogList = (kind: string): object => ({
  summary: `目录：${kind}`,
  tags: ['目录 / catalogue'],
  parameters: ['q', 'limit', 'cursor'].map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
  responses: { 200: { description: 'OK', content: json } },
})

const catalogEntry = (kind: string): object => ({
  summary: `目录：${kind} 中的一项`,
  tags: ['目录 / catalogue'],
  parameters: [idParameter],
  responses: { 200: { description: 'OK', content: json }, ...notFound },
})
