/** JSON Schemas (2020-12) of answers that are no exchange: for `/openapi.json` and the tests that hold answers to it. */
const text = { type: 'string' }
const textOrNull = { type: ['string', 'null'] }
const texts = { type: 'array', items: text }

export const furtherAnswers = {
  'exchange-record': {
    type: 'object',
    description: '一次交换的留痕 / the record of one exchange; no value of any field is in it',
    properties: {
      exchangeId: { type: 'string', format: 'uuid' },
      index: { type: 'string', pattern: '^[0-9]+$', description: 'place in the log' },
      recordedAt: { type: 'string', format: 'date-time' },
      mode: text,
      outcome: { enum: ['released', 'refused', 'failed'] },
      code: textOrNull,
      member: text,
      system: text,
      onBehalfOf: textOrNull,
      scenario: textOrNull,
      item: textOrNull,
      caseNo: textOrNull,
      application: textOrNull,
      purpose: textOrNull,
      datasets: texts,
      fields: texts,
      catalogVersion: text,
      policyVersion: text,
      grants: texts,
      evidenceJwt: textOrNull,
      entry: { type: 'object', description: 'what the log’s tree covers (RFC 8785)' },
    },
    required: ['exchangeId', 'index', 'recordedAt', 'mode', 'outcome', 'code', 'system', 'datasets', 'fields', 'entry'],
  },
  token: {
    type: 'object',
    properties: { access_token: text, token_type: { const: 'Bearer' }, expires_in: { type: 'integer', maximum: 300 } },
    required: ['access_token', 'token_type', 'expires_in'],
    additionalProperties: false,
  },
  jwks: {
    type: 'object',
    properties: {
      keys: {
        type: 'array',
        items: {
          type: 'object',
          properties: { kty: text, crv: text, kid: text, alg: text, x: text, y: text, use: text },
          required: ['kty', 'kid', 'alg'],
          not: { required: ['d'] },
        },
      },
    },
    required: ['keys'],
  },
  readiness: {
    type: 'object',
    properties: {
      ready: { type: 'boolean' },
      checks: { type: 'object', additionalProperties: { type: 'boolean' } },
    },
    required: ['ready', 'checks'],
    additionalProperties: false,
  },
  'catalog-list': {
    type: 'object',
    properties: {
      catalogVersion: text,
      total: { type: 'integer' },
      entries: { type: 'array', items: { type: 'object' } },
      next: { type: ['string', 'null'], description: 'opaque cursor' },
    },
    required: ['total', 'entries', 'next'],
  },
} as const
