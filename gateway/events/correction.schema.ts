/** JSON Schema (2020-12) of `POST /v1/corrections`: one operation, five actions. */
import {
  exchangeIdSchema,
  FIELD_NAME,
  type ObjectSchema,
  onBehalfOfSchema,
  requestIdSchema,
  subjectSchema,
} from '../requests/exchange-request.schema.ts'

const NEEDS = {
  open: ['exchange', 'dataset', 'fields', 'subject', 'text'],
  list: ['box'],
  read: ['number'],
  answer: ['number', 'result', 'text'],
  close: ['number'],
} as const
export type CorrectionAction = keyof typeof NEEDS

const members = {
  exchange: { ...exchangeIdSchema, description: '发现问题的那次交换 / the exchange in which it was found' },
  dataset: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,63}$' },
  fields: {
    type: 'array',
    items: { type: 'string', pattern: FIELD_NAME },
    minItems: 1,
    maxItems: 64,
    uniqueItems: true,
  },
  subject: subjectSchema,
  text: { type: 'string', description: '问题与证据，或核实结果；加密保存', minLength: 1, maxLength: 4000 },
  box: { enum: ['filed', 'received'] },
  number: { type: 'string', pattern: '^JZ[0-9]{8}-[0-9]{6,12}$' },
  result: { enum: ['corrected', 'confirmed', 'not-held'], description: '已更正、经核无误、未掌握' },
} as const

export const correctionSchema: ObjectSchema = {
  type: 'object',
  description: '校核纠错：提出、查看、答复、办结 / file, list, read, answer and close corrections (R26)',
  properties: {
    jti: requestIdSchema,
    onBehalfOf: onBehalfOfSchema,
    action: { enum: Object.keys(NEEDS) },
    ...members,
  },
  required: ['jti', 'action'],
  additionalProperties: false,
  allOf: Object.entries(NEEDS).map(([action, needed]) => ({
    if: { properties: { action: { const: action } }, required: ['action'] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
    then: {
      required: needed,
      properties: Object.fromEntries(
        Object.keys(members)
          .filter((name) => !(needed as readonly string[]).includes(name))
          .map((name) => [name, false]),
      ),
    },
  })),
}
