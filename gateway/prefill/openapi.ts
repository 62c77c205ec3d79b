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
          summary: '免提交材料：证照副本（带水印）或核验单 / what the reviewer files: a watermarked copy, or a sheet',
          description:
            '预填后 15 分钟内有效，限本系统、本办件；证照每次实时读取，已失效的不予出具；每次出具均留痕。A4 版式，可打印。',
          operationId: 'material',
          tags: ['预填 / prefill'],
          security: [{ token: [] }],
          parameters: [{ ...id, name: 'ref' }],
          responses: { 200: htmlPage, ...problems() },
        },
      },
      '/log/sheets': {
        get: {
          summary: '核验码公开查验，无需令牌 / anybody checks the code printed on a paper',
          description: '只回答是否由本网关出具、何时、为哪个部门和事项、日志序号与证明结果；不含个人信息。',
          operationId: 'sheet',
          tags: ['预填 / prefill'],
          security: [],
          parameters: [{ name: 'code', in: 'query', schema: { type: 'string', maxLength: 200 } }],
          responses: {
            200: {
              description: 'OK',
              content: { ...htmlPage.content, 'application/json': { schema: ref('issued-paper') } },
            },
            ...problems(404, 429, 503),
          },
        },
      },
    },
    schemas: {
      'prefill-plain': prefillSchema,
      'prefill-signed': withEnvelope(prefillSchema),
      'recheck-plain': recheckSchema,
      'recheck-signed': withEnvelope(recheckSchema),
      'issued-paper': issuedPaperSchema,
    },
  }
}

const htmlPage = { description: 'OK', content: { 'text/html': { schema: { type: 'string' } } } }

const issuedPaperSchema = {
  type: 'object',
  properties: {
    paper: { enum: ['sheet', 'copy'] },
    gatewayId: { type: 'string' },
    issuedAt: { type: 'string', format: 'date-time' },
    fileBy: { type: 'string', format: 'date-time' },
    department: { type: 'string' },
    item: { type: 'string' },
    index: { type: 'integer' },
    proof: { enum: ['included', 'pending', 'failed'] },
    checkpointSize: { type: ['integer', 'null'] },
    pageSha256: { type: 'string', description: '交出的页面字节的 SHA-256，十六进制' },
  },
  required: 'paper gatewayId issuedAt fileBy department item index proof checkpointSize pageSha256'.split(' '),
  additionalProperties: false,
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
