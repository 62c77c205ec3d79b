/** JSON Schemas (2020-12) of what the gateway answers, for `/openapi.json` and for the tests that hold answers to it. */
import { FAILURES } from '../errors/exchange-error.ts'
import { DECLINE_REASONS } from '../ports/clerk-desk.ts'
import { VERIFICATION_METHODS } from '../ports/declared-values.ts'

const scalar = { type: ['string', 'integer', 'boolean', 'null'] }
const row = { type: 'object', additionalProperties: scalar }

const source = {
  type: 'object',
  properties: {
    provider: { type: 'string', description: '提供部门' },
    status: {
      enum: ['ok', 'not-found', 'not-covered', 'unavailable'],
      description: '`not-found` is no proof of absence',
    },
    asOf: { type: ['string', 'null'], format: 'date-time' },
    fetchedAt: { type: ['string', 'null'], format: 'date-time' },
    cache: { enum: ['hit', 'miss', 'bypass'] },
    masked: { type: 'array', items: { type: 'string' } },
    provenance: {
      type: 'array',
      description: '途经的网关或平台，由近及远 / steps the answer took beyond its source, nearest first',
      items: {
        type: 'object',
        properties: {
          hop: { type: 'string' },
          exchange: { type: 'string' },
          evidenceHash: { type: 'string', description: 'base64url SHA-256 of the hop’s issuer-signed JWT' },
          kid: { type: 'string' },
          system: { type: 'string', description: '以何系统身份询问 / the system it was asked as' },
          onBehalfOf: { type: 'string', description: '代哪个部门询问 / the department asked for' },
          evidence: {
            type: 'string',
            description: '该网关签发的凭证（只有摘要，不含任何值） / the hop’s issuer-signed JWT, digests only',
          },
        },
        required: ['hop', 'exchange'],
        additionalProperties: false,
      },
    },
    declared: {
      type: 'array',
      description:
        '申请人申报、由部门核实的值：谁在何时核实、有效期至何时 / values an applicant supplied and a department verified',
      items: {
        type: 'object',
        properties: {
          fields: { type: 'array', items: { type: 'string' } },
          by: { type: 'string', description: '核实并申报的部门' },
          declaredAt: { type: 'string', format: 'date-time' },
          verifiedAt: { type: 'string', format: 'date-time' },
          method: { enum: [...VERIFICATION_METHODS] },
          validUntil: { type: 'string', pattern: '^[0-9]{8}$' },
          exchange: { type: 'string', description: '申报时的交换编号 / the exchange it was declared in' },
        },
        required: ['fields', 'by', 'declaredAt', 'verifiedAt', 'method', 'validUntil', 'exchange'],
        additionalProperties: false,
      },
    },
    task: {
      type: 'object',
      description:
        '协查：由提供部门经办人答复；pending 与 declined 时状态为 unavailable / people are the source: how the question stands',
      properties: {
        id: { type: 'string' },
        state: { enum: ['pending', 'answered', 'declined'] },
        dueOn: { type: ['string', 'null'], pattern: '^[0-9]{8}$', description: 'null: 无官方工作日历，不给期限' },
        goodUntil: { type: 'string', format: 'date-time', description: '此前同样的问题以此作答' },
        reason: { enum: [...DECLINE_REASONS] },
      },
      required: ['id', 'state'],
      additionalProperties: false,
    },
    disputed: { type: 'string', description: '有未答复的校核纠错 / number of an open correction' },
  },
  required: ['provider', 'status', 'asOf', 'fetchedAt', 'cache', 'masked'],
  additionalProperties: false,
}

const common = {
  exchangeId: { type: 'string', format: 'uuid' },
  complete: { type: 'boolean', description: 'true when no source is unavailable or not covered' },
  sources: { type: 'object', description: 'one entry per dataset, keyed as in `data`', additionalProperties: source },
  decision: {
    type: 'object',
    properties: {
      grants: { type: 'array', items: { type: 'string' } },
      policies: { type: 'array', items: { type: 'string' } },
    },
    required: ['grants', 'policies'],
    additionalProperties: false,
  },
  evidence: { type: 'string', description: 'compact SD-JWT (RFC 9901)' },
}

const data = {
  type: 'object',
  description: '`dataset` or `role:dataset` → row, or rows where the dataset has many',
  additionalProperties: { anyOf: [row, { type: 'array', items: row }] },
}

const coverage = {
  type: 'object',
  description: '自何时起完整，按来源 / since when each section is complete; a gap before it proves nothing',
  additionalProperties: {
    type: 'object',
    properties: {
      completeSince: { type: ['string', 'null'], pattern: '^[0-9]{8}$', description: 'null: not stated' },
      divisions: { type: 'array', items: { type: 'string' } },
      note: { type: ['string', 'null'] },
    },
    required: ['completeSince', 'divisions', 'note'],
    additionalProperties: false,
  },
}

export const answerSchemas = {
  query: {
    type: 'object',
    properties: { ...common, data },
    required: [...Object.keys(common), 'data'],
    additionalProperties: false,
  },
  dossier: {
    type: 'object',
    properties: { ...common, data, coverage },
    required: [...Object.keys(common), 'data', 'coverage'],
    additionalProperties: false,
  },
  verify: {
    type: 'object',
    properties: {
      ...common,
      results: { type: 'object', additionalProperties: { enum: ['match', 'mismatch', 'not-found'] } },
    },
    required: [...Object.keys(common), 'results'],
    additionalProperties: false,
  },
} as const

export const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: '/v1/exchanges/<id>' },
    code: { enum: Object.keys(FAILURES) },
    origin: { enum: ['consumer', 'provider', 'gateway'] },
    retry: { type: 'boolean' },
    reasons: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          rule: { type: 'string' },
          message: { type: 'string' },
          fields: { type: 'array', items: { type: 'string' } },
          grant: { type: 'string' },
          policy: { type: 'string' },
          pointer: { type: 'string' },
          next: { type: 'string', description: 'what to do' },
        },
        required: ['rule', 'message'],
        additionalProperties: false,
      },
    },
  },
  required: ['type', 'title', 'status', 'code', 'origin', 'retry', 'reasons'],
  additionalProperties: true,
} as const
