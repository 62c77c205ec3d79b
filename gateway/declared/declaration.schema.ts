/** JSON Schema (2020-12) of `POST /v1/declarations`. */
import { MOMENT } from '../events/event.schema.ts'
import { VERIFICATION_METHODS } from '../ports/declared-values.ts'
import {
  applicationSchema,
  caseSchema,
  itemSchema,
  type ObjectSchema,
  onBehalfOfSchema,
  operatorSchema,
  purposeSchema,
  requestIdSchema,
  scenarioSchema,
  subjectSchema,
} from '../requests/exchange-request.schema.ts'

export const declarationSchema: ObjectSchema = {
  type: 'object',
  description:
    '申报留存（最多报一次）：申请人提供、部门核实过的值，留存备其他表单使用 / values an applicant supplied and the department verified, kept for later forms',
  properties: {
    jti: requestIdSchema,
    onBehalfOf: onBehalfOfSchema,
    declarationId: {
      type: 'string',
      description: '上报系统自己的编号, once per system: the same declaration may be sent again, another content not',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$',
    },
    scenario: scenarioSchema,
    item: itemSchema,
    case: caseSchema,
    application: applicationSchema,
    purpose: purposeSchema,
    operator: operatorSchema,
    subject: subjectSchema,
    dataset: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,63}$' },
    values: {
      type: 'object',
      description: '信息项 → 值；加密保存 / field → value, stored sealed',
      propertyNames: { pattern: '^[a-z][a-zA-Z0-9]{0,63}$' },
      additionalProperties: { type: ['string', 'integer', 'boolean'] },
      minProperties: 1,
      maxProperties: 64,
    },
    verification: {
      type: 'object',
      description: '如何核实、何时核实、有效期至 / how and when it was verified, and until when it may be used',
      properties: {
        method: {
          enum: [...VERIFICATION_METHODS],
          description: '查验原件、系统比对、电话短信回访、上门核实、告知承诺',
        },
        at: { type: 'string', pattern: MOMENT },
        validUntil: { type: 'string', pattern: '^[0-9]{8}$', description: '最后一日 / the last day' },
      },
      required: ['method', 'at', 'validUntil'],
      additionalProperties: false,
    },
  },
  required: [
    'jti',
    'declarationId',
    'scenario',
    'item',
    'purpose',
    'operator',
    'subject',
    'dataset',
    'values',
    'verification',
  ],
  additionalProperties: false,
}
