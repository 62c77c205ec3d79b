/** JSON Schemas (2020-12) of `POST /v1/prefill` and `POST /v1/prefill/{id}/recheck`. Source: design §4. */
import {
  applicationSchema,
  caseSchema,
  exchangeIdSchema,
  itemSchema,
  type ObjectSchema,
  onBehalfOfSchema,
  operatorSchema,
  plainRequestSchema,
  requestIdSchema,
  scenarioSchema,
  subjectSchema,
} from '../requests/exchange-request.schema.ts'

const { purpose, keys, maxAgeSeconds } = plainRequestSchema('query').properties as Record<string, object>
const ROLE = '^[a-z][a-zA-Z0-9-]{0,31}$'

export const prefillSchema: ObjectSchema = {
  type: 'object',
  description: '表单预填 / fill a form, or the forms of one bundle, from what government already holds',
  properties: {
    jti: requestIdSchema,
    item: itemSchema,
    bundle: { type: 'string', description: '一件事', pattern: '^[a-z][a-z0-9-]{0,63}$' },
    scenario: scenarioSchema,
    purpose,
    purposes: { type: 'object', propertyNames: itemSchema, additionalProperties: purpose, maxProperties: 32 },
    onBehalfOf: onBehalfOfSchema,
    case: caseSchema,
    application: applicationSchema,
    operator: operatorSchema,
    subjects: {
      type: 'object',
      description: '主体，按角色 / by role; the main one of an item’s form is `subject`',
      propertyNames: { pattern: ROLE },
      additionalProperties: subjectSchema,
      minProperties: 1,
      maxProperties: 16,
    },
    applicant: { type: 'string', description: '已核验身份的申请人角色', pattern: ROLE },
    answers: {
      type: 'object',
      description: '申请人已回答的情形 / question → option; `item:question` where a bundle’s forms ask differently',
      propertyNames: { pattern: '^([A-Za-z0-9][A-Za-z0-9-]{0,63}:)?[a-z][A-Za-z0-9-]{0,63}$' },
      additionalProperties: { type: 'string', pattern: '^[A-Za-z0-9-]{1,64}$' },
      maxProperties: 128,
    },
    keys,
    maxAgeSeconds,
    deadlineMs: { type: 'integer', description: '全部数源的共同时限', minimum: 100, maximum: 15_000 },
  },
  required: ['jti', 'purpose', 'subjects'],
  oneOf: [{ required: ['item'] }, { required: ['bundle'] }],
  additionalProperties: false,
}

export const recheckSchema: ObjectSchema = {
  type: 'object',
  description: '受理时复核 / do the prefilled values still hold',
  properties: {
    jti: requestIdSchema,
    onBehalfOf: onBehalfOfSchema,
    /** As in the path: the signature binds what is checked. */
    prefillId: exchangeIdSchema,
    case: caseSchema,
    operator: operatorSchema,
  },
  required: ['jti', 'prefillId'],
  additionalProperties: false,
}
