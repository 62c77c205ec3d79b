import { CRITERIA_SCHEMA } from '../audit/criteria.ts'
import { FINDING_KINDS } from '../audit/findings.ts'
import { answerTaskSchema, refuseTaskSchema } from '../clerk-tasks/clerk.ts'
import { lookupSchema } from '../dossier/lookup.ts'
import { liftSchema, suppressionSchema } from '../dossier/suppression.ts'
import { OPERATOR_ROLES } from '../operators/registry-file.ts'
import { problemSchema } from '../requests/answer.schema.ts'
import { furtherAnswers } from '../requests/further-answers.schema.ts'
import { object } from './openapi-parts.ts'

/** Schemas of the management plane's description; where ajv runs one it is the same object. */

const text = { type: 'string' }
const textOrNull = { type: ['string', 'null'] }
const moment = { type: 'string', format: 'date-time' }

/** One page of a list and where the next begins. */
export const page = (name: string, items: object): object => ({
  type: 'object',
  properties: { [name]: { type: 'array', items }, next: textOrNull, count: { type: 'integer' } },
  required: [name, 'next'],
})

const SEARCH = {
  ...CRITERIA_SCHEMA,
  properties: {
    ...CRITERIA_SCHEMA.properties,
    limit: { type: 'integer', minimum: 1 },
    cursor: text,
    count: { const: 'approximate' },
  },
}
const { cursor: _cursor, count: _count, ...exported } = SEARCH.properties

const line = {
  type: 'object',
  properties: {
    index: { type: 'string', pattern: '^[0-9]+$' },
    recordedAt: moment,
    exchangeId: text,
    mode: text,
    outcome: { enum: ['released', 'refused', 'failed'] },
    code: textOrNull,
    member: text,
    system: text,
  },
  required: ['index', 'recordedAt', 'exchangeId', 'mode', 'outcome', 'member', 'system'],
}
const finding = {
  type: 'object',
  properties: {
    id: text,
    kind: { enum: [...FINDING_KINDS] },
    day: text,
    status: { enum: ['open', 'closed'] },
    name: text,
    recordCount: { type: 'integer' },
    foundAt: moment,
    grownAt: moment,
    closed: { type: ['object', 'null'] },
  },
  required: ['id', 'kind', 'day', 'status', 'recordCount'],
}

export const managementSchemas: Record<string, object> = {
  problem: problemSchema,
  readiness: furtherAnswers.readiness,
  token: furtherAnswers.token,
  'record-search': SEARCH,
  'record-export': { ...CRITERIA_SCHEMA, properties: exported },
  records: page('records', line),
  record: {
    ...line,
    properties: { ...line.properties, entry: { type: ['object', 'null'] }, links: object },
    required: [...line.required, 'entry', 'links'],
  },
  findings: page('findings', finding),
  finding,
  reason: {
    type: 'object',
    properties: { reason: { type: 'string', minLength: 2, maxLength: 500 } },
    required: ['reason'],
  },
  unseal: {
    type: 'object',
    properties: { what: { enum: ['request', 'operator'] }, reason: { type: 'string', maxLength: 1000 } },
    required: ['what', 'reason'],
    additionalProperties: false,
  },
  unsealed: {
    type: 'object',
    properties: { exchangeId: text, what: text, raw: text, members: { type: ['object', 'null'] }, operator: object },
    required: ['exchangeId', 'what'],
  },
  'task-answer': answerTaskSchema,
  'task-refusal': refuseTaskSchema,
  'dossier-lookup': lookupSchema,
  suppression: suppressionSchema,
  'suppression-lift': liftSchema,
  operator: {
    type: 'object',
    properties: { id: text, name: text, role: { enum: [...OPERATOR_ROLES] }, member: text, roleName: object },
    required: ['id', 'role', 'member', 'roleName'],
  },
}
