/**
 * JSON Schemas (2020-12) of what a caller sends. The same objects are run by ajv and published in `/openapi.json`.
 * Source: design §4.
 */

const ID_TYPES = [
  'resident-id',
  'residence-permit-hmt',
  'foreign-permanent-resident',
  'passport',
  'birth-certificate',
  'uscc',
  'organisation-code',
  'business-registration',
  'real-estate-unit',
  'plate',
  'vin',
  'project-code',
]

/** `dataset.field` or `role:dataset.field`. */
export const FIELD_NAME = '^([a-z][a-zA-Z0-9-]{0,31}:)?[a-z][a-z0-9-]{0,63}\\.[a-z][a-zA-Z0-9]{0,63}$'
const ROLE = '^[a-z][a-zA-Z0-9-]{0,31}$'

/** Text without control characters, which forge lines elsewhere, and without lone surrogates, which are no Unicode. */
const TEXT = '^[^\\p{Cc}\\p{Cs}]*$'

export const subjectSchema = {
  type: 'object',
  description: '主体 / whom or what is asked about. Identifiers are strings, always.',
  properties: {
    type: { enum: ['person', 'organisation', 'property', 'vehicle', 'project'] },
    idType: { enum: ID_TYPES },
    id: { type: 'string', minLength: 1, maxLength: 64, pattern: TEXT },
    name: { type: 'string', minLength: 1, maxLength: 100, pattern: TEXT },
  },
  required: ['type', 'idType', 'id'],
  additionalProperties: false,
} as const

export const operatorSchema = {
  type: 'object',
  description: '经办人 / the officer at work',
  properties: {
    id: { type: 'string', minLength: 1, maxLength: 64, pattern: TEXT },
    name: { type: 'string', minLength: 1, maxLength: 100, pattern: TEXT },
    unit: { type: 'string', minLength: 1, maxLength: 100, pattern: TEXT },
    assurance: { enum: ['asserted', 'verified'] },
  },
  required: ['id', 'assurance'],
  additionalProperties: false,
} as const

const common = {
  scenario: { type: 'string', description: '应用场景', pattern: '^[A-Z][0-9]{1,2}(\\.[0-9]{1,2})?$' },
  item: { type: 'string', description: '政务服务事项', pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$' },
  case: { type: 'string', description: '办件编号', minLength: 1, maxLength: 50, pattern: TEXT },
  application: {
    type: 'string',
    description: '申报流水号 (before a case number exists)',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  },
  purpose: {
    type: 'string',
    description: '使用目的, one of the grant’s purposes',
    minLength: 1,
    maxLength: 100,
    pattern: TEXT,
  },
  onBehalfOf: { type: 'string', description: '实际办理部门', pattern: '^[a-z][a-z0-9-]{1,63}$' },
  operator: operatorSchema,
  subject: subjectSchema,
  parties: { type: 'object', propertyNames: { pattern: ROLE }, additionalProperties: subjectSchema, maxProperties: 16 },
  keys: {
    type: 'object',
    description: '数源需要的其他键，如不动产单元号: `dataset.input`',
    propertyNames: { pattern: FIELD_NAME },
    additionalProperties: { type: 'string', minLength: 1, maxLength: 100, pattern: TEXT },
    maxProperties: 32,
  },
  maxAgeSeconds: {
    type: 'integer',
    description: 'oldest cached answer accepted, in seconds; 0 = ask the source',
    minimum: 0,
    maximum: 604800,
  },
  retryOf: {
    type: 'string',
    description: 'exchange id of the answer that was lost',
    pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  },
  jti: {
    type: 'string',
    description: '请求标识, at least 128 random bits, once per system',
    pattern: '^[A-Za-z0-9_-]{22,64}$',
  },
} as const

const fields = {
  type: 'array',
  description: '信息项: `dataset.field` or `role:dataset.field`',
  items: { type: 'string', pattern: FIELD_NAME },
  minItems: 1,
  maxItems: 256,
  uniqueItems: true,
} as const

const asked = {
  query: { fields },
  dossier: { fields },
  verify: {
    claims: {
      type: 'object',
      description: '待核验的值',
      propertyNames: { pattern: FIELD_NAME },
      additionalProperties: { type: ['string', 'integer', 'boolean'], maxLength: 500, pattern: TEXT },
      minProperties: 1,
      maxProperties: 256,
    },
  },
} as const

/** Members only a signed request carries. Their types are checked here, their truth in `authenticate`. */
export const envelope = {
  iss: { type: 'string', description: 'system id', minLength: 1, maxLength: 64 },
  aud: { type: 'string', description: 'gateway id' },
  op: { type: 'string', description: 'last path segment of the POST' },
  iat: { type: 'integer' },
  exp: { type: 'integer', description: 'at most 300 s after iat' },
} as const

/** What a gateway adds that asks for another's caller: only a signature makes it worth something. */
const relayed = {
  via: {
    type: 'array',
    description: '途经的网关 / gateways the question came through, first one first',
    items: { type: 'string', pattern: '^[\\x21-\\x7e]{1,64}$' },
    maxItems: 8,
    uniqueItems: true,
  },
} as const

export type Op = keyof typeof asked
export const OPS = Object.keys(asked) as Op[]
export const isExchangeOp = (op: string): op is Op => Object.hasOwn(asked, op)

/** Members of exchanges that other requests use too. */
export const { jti: requestIdSchema, onBehalfOf: onBehalfOfSchema, item: itemSchema, scenario: scenarioSchema } = common
export const { purpose: purposeSchema } = common
export const { case: caseSchema, application: applicationSchema, retryOf: exchangeIdSchema } = common

/** The members of a request with an access token. */
export function plainRequestSchema(op: Op): ObjectSchema {
  const what = asked[op]
  return {
    type: 'object',
    properties: { ...common, ...what },
    required: ['jti', 'scenario', 'purpose', 'subject', ...Object.keys(what)],
    additionalProperties: false,
  }
}

/** The payload of a signed request: the same members and the envelope. */
export function signedRequestSchema(op: Op): ObjectSchema {
  const what = asked[op]
  return {
    type: 'object',
    properties: { ...envelope, ...relayed, ...common, ...what },
    required: [...Object.keys(envelope), 'jti', 'scenario', 'purpose', 'subject', ...Object.keys(what)],
    additionalProperties: false,
  }
}

export interface ObjectSchema {
  type: 'object'
  properties: Record<string, unknown>
  required: readonly string[]
  [keyword: string]: unknown
}

/** What a signed payload says beside its own members; times in seconds since the epoch (RFC 7519). */
export interface Envelope {
  iss: string
  aud: string
  op: string
  iat: number
  exp: number
}

/** The payload of a signed request whose plain body has this schema. */
export function withEnvelope(schema: ObjectSchema): ObjectSchema {
  return {
    ...schema,
    properties: { ...envelope, ...schema.properties },
    required: [...Object.keys(envelope), ...schema.required],
  }
}
