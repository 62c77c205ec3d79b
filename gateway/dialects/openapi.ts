import { CODES, NOT_COVERED, OK } from './national/answer.ts'

const headers = ['gjgxjhpt_rid', 'gjgxjhpt_sid', 'gjgxjhpt_rtime', 'gjgxjhpt_sign'].map((name) => ({
  name,
  in: 'header',
  required: true,
  schema: { type: 'string' },
}))

const answer = {
  type: 'object',
  properties: {
    code: { type: 'string', enum: [OK, NOT_COVERED, ...Object.values(CODES)] },
    message: { type: 'string' },
    data: { type: ['array', 'null'], items: { type: 'object' } },
    requestId: { type: ['string', 'null'], description: '交换编号 / exchange id; null where nothing was recorded' },
    evidence: { type: 'string', description: '证据（SD-JWT） / the signed answer' },
  },
  required: ['code', 'message', 'data', 'requestId'],
}

const operation = (operationId: string, problems: Record<string, object>, ...parameters: object[]): object => ({
  operationId,
  summary: '旧方言调用（过渡期，须有已签署的方案） / a call of the old national dialect, under a signed profile',
  tags: ['旧方言 / old dialect'],
  security: [],
  parameters: [...parameters, ...headers],
  requestBody: {
    required: true,
    content: {
      'application/json': { schema: { type: 'object' } },
      'application/x-www-form-urlencoded': { schema: { type: 'object' } },
    },
  },
  responses: {
    200: {
      description: '结果与拒绝都在 `code` 中 / whatever was understood; look at `code`',
      content: { 'application/json': { schema: answer } },
    },
    ...problems,
  },
})

/** Paths of old callers, for `/openapi.json`. */
export const dialectDocs = (problems: Record<string, object>): Record<string, object> => ({
  '/httpproxy': { post: operation('dialectProxy', problems) },
  '/gateway/api/1/{interface}': {
    post: operation('dialectInterface', problems, {
      name: 'interface',
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }),
  },
})
