import {
  applicationSchema,
  caseSchema,
  type ObjectSchema,
  plainRequestSchema,
  requestIdSchema,
} from '../requests/exchange-request.schema.ts'
import { createShapeCheck } from '../requests/validators.ts'
import type { BatchRequest } from './members.ts'

/** JSON Schemas (2020-12) of a batch and of one line of its subjects, run by ajv and published alike. */

export const MAX_LINES = 100_000

const { properties: members } = plainRequestSchema('query')
const { scenario, item, purpose, onBehalfOf, operator, fields, maxAgeSeconds, subject, parties, keys } = members

export const batchSchema: ObjectSchema = {
  type: 'object',
  properties: {
    jti: requestIdSchema,
    scenario,
    item,
    case: caseSchema,
    application: applicationSchema,
    purpose,
    onBehalfOf,
    operator,
    fields,
    maxAgeSeconds,
    count: { type: 'integer', description: '行数', minimum: 1, maximum: MAX_LINES },
    subjectsSha256: {
      type: 'string',
      description: 'SHA-256 of the NDJSON bytes that will be uploaded, base64url',
      pattern: '^[A-Za-z0-9_-]{43}$',
    },
  },
  required: ['jti', 'scenario', 'purpose', 'fields', 'count', 'subjectsSha256'],
  additionalProperties: false,
}

export const batchLineSchema: ObjectSchema = {
  type: 'object',
  description: '一行一个主体 / one subject; lines count from 1 in order',
  properties: {
    line: { type: 'integer', minimum: 1, maximum: MAX_LINES },
    subject,
    parties,
    keys,
    case: caseSchema,
  },
  required: ['line', 'subject'],
  additionalProperties: false,
}

export const batchShape = createShapeCheck<BatchRequest>(batchSchema)
export const lineShape = createShapeCheck<{ line: number }>(batchLineSchema)
