import { withEnvelope } from '../requests/exchange-request.schema.ts'
import { prefillSchema, recheckSchema } from './prefill.schema.ts'

/** Paths and schemas of prefilling, for `/openapi.json`: the same objects ajv runs. */
export function prefillDocs(problems: (...statuses: number[]) => Record<string, object>): {
  paths: Record<string, object>
  schemas: Record<string, object>
} {
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  return {
    paths: {
      '/v1/prefill': {
        post: post(
          'prefill',
          '表单预填：字段、情形、免提交材料 / fill a form or a bundle',
          '每个字段的值与来源或空缺原因；每份材料是否还须提交；每个主体一次交换及其证据 / fields, situations, materials, exchanges',
          problems(),
        ),
      },
      '/v1/prefill/{id}/recheck': {
        post: {
          ...post(
            'recheck',
            '受理复核：预填的值是否仍然成立 / do prefilled values still hold',
            '逐项结果，不含值 / results, no value',
            problems(),
          ),
          parameters: [id],
        },
      },
      '/v1/materials/{ref}': {
        get: {
          summary: '核验单：可打印，15分钟内有效，限本系统 / the printable sheet a reviewer files instead of a paper',
          operationId: 'material',
          tags: ['预填 / prefill'],
          security: [{ token: [] }],
          parameters: [{ ...id, name: 'ref' }],
          responses: {
            200: { description: 'OK', content: { 'text/html': { schema: { type: 'string' } } } },
            ...problems(401, 404, 429, 503),
          },
        },
      },
    },
    schemas: {
      'prefill-plain': prefillSchema,
      'prefill-signed': withEnvelope(prefillSchema),
      'recheck-plain': recheckSchema,
      'recheck-signed': withEnvelope(recheckSchema),
    },
  }
}

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })

function post(op: 'prefill' | 'recheck', summary: string, answer: string, problems: Record<string, object>): object {
  return {
    summary,
    operationId: op,
    tags: ['预填 / prefill'],
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
      200: { description: answer, content: { 'application/json': { schema: { type: 'object' } } } },
      ...problems,
    },
  }
}
