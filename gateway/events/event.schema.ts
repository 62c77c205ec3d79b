/** JSON Schema (2020-12) of `POST /v1/events`: common members, and per kind what it must and may carry. */
import {
  applicationSchema,
  caseSchema,
  itemSchema,
  type ObjectSchema,
  onBehalfOfSchema,
  requestIdSchema,
  scenarioSchema,
  subjectSchema,
} from '../requests/exchange-request.schema.ts'
import { EVENT_KINDS, type EventKind } from './types.ts'

/** RFC 3339 with seconds; any offset. */
export const MOMENT = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,3})?(Z|[+-]\\d{2}:\\d{2})$'

const partySchema = {
  type: 'object',
  properties: {
    role: { type: 'string', description: '申请人、监护人、持证人 …', pattern: '^[a-z][a-zA-Z0-9-]{0,31}$' },
    ...subjectSchema.properties,
  },
  required: ['role', ...subjectSchema.required],
  additionalProperties: false,
}

const certificateSchema = {
  type: 'object',
  description: '电子证照: its number is stored sealed, and searched by digest',
  properties: {
    type: { type: 'string', pattern: '^[a-z][a-z0-9-]{1,63}$' },
    number: { type: 'string', minLength: 1, maxLength: 100 },
    validUntil: { type: 'string', pattern: '^[0-9]{8}$' },
  },
  required: ['type', 'number'],
  additionalProperties: false,
}

/** What a case ends in, and why a certificate or benefit ended: fixed words, because the record is in clear. */
const OUTCOMES: Partial<Record<EventKind, readonly string[]>> = {
  decided: ['approved', 'rejected', 'withdrawn'],
  'case-closed': ['approved', 'rejected', 'withdrawn', 'abandoned'],
  'certificate-changed': ['changed', 'renewed', 'replaced'],
  'certificate-revoked': ['cancelled', 'revoked', 'expired', 'lost'],
  'benefit-ended': ['ended', 'suspended', 'lapsed'],
  changed: ['created', 'updated', 'removed'],
}

const OF_CASE: readonly EventKind[] = ['applied', 'accepted', 'supplemented', 'decided', 'case-closed']
const WITH_CERTIFICATE: readonly EventKind[] = ['certificate-issued', 'certificate-changed', 'certificate-revoked']

/** Members a kind demands beyond the common ones. A case event may come before the case has a number. */
function rule(kind: EventKind): object {
  const outcomes = OUTCOMES[kind]
  const required = [
    ...(OF_CASE.includes(kind) ? ['item'] : []),
    ...(kind === 'accepted' || kind === 'case-closed' ? ['case'] : []),
    ...(WITH_CERTIFICATE.includes(kind) ? ['certificate'] : []),
    ...(kind === 'changed' ? ['dataset'] : []),
    ...(kind === 'decided' || kind === 'case-closed' || kind === 'changed' ? ['outcome'] : []),
  ]
  const caseOrApplication = { anyOf: [{ required: ['case'] }, { required: ['application'] }] }
  const itemOrDataset = { anyOf: [{ required: ['item'] }, { required: ['dataset'] }] }
  return {
    if: { properties: { kind: { const: kind } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
    then: {
      properties: {
        ...(outcomes === undefined ? { outcome: false } : { outcome: { enum: outcomes } }),
        ...(!WITH_CERTIFICATE.includes(kind) && { certificate: false }),
      },
      required,
      ...(OF_CASE.includes(kind) ? caseOrApplication : itemOrDataset),
    },
  }
}

export const eventSchema: ObjectSchema = {
  type: 'object',
  description: '上报事件 / one event of a case, certificate, benefit or register',
  properties: {
    jti: requestIdSchema,
    onBehalfOf: onBehalfOfSchema,
    eventId: {
      type: 'string',
      description: '上报系统自己的事件编号, once per system: the same event may be sent again, another content not',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$',
    },
    kind: { enum: EVENT_KINDS },
    scenario: scenarioSchema,
    item: itemSchema,
    dataset: { type: 'string', description: '数据资源，登记信息变更时必填', pattern: '^[a-z][a-z0-9-]{1,63}$' },
    case: caseSchema,
    application: applicationSchema,
    occurredAt: { type: 'string', description: '发生时间 (RFC 3339)', pattern: MOMENT },
    outcome: { type: 'string' },
    certificate: certificateSchema,
    subjects: { type: 'array', items: partySchema, minItems: 1, maxItems: 16 },
  },
  required: ['jti', 'eventId', 'kind', 'occurredAt', 'subjects'],
  additionalProperties: false,
  allOf: EVENT_KINDS.map(rule),
}
