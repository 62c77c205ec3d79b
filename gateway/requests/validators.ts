import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { ExchangeRequest } from '../exchange.ts'
import {
  type ObjectSchema,
  OPS,
  type Op,
  plainRequestSchema,
  signedRequestSchema,
  withEnvelope,
} from './exchange-request.schema.ts'

const OPTIONS = {
  strict: true,
  allowUnionTypes: true,
  allErrors: true,
  removeAdditional: false,
  coerceTypes: false,
} as const
const ajv = new Ajv2020(OPTIONS)
/** For schemas with conditions, whose branches name members declared beside them. */
const conditional = new Ajv2020({ ...OPTIONS, strictRequired: false, strictTypes: false })

/**
 * Checks members against one published schema and answers the same object under its type.
 *
 * Errors: `request.malformed` with one reason per fault: JSON pointer and rule, never the value.
 */
export type ShapeCheck<T> = (signed: boolean, payload: unknown) => T

const exchangeChecks = Object.fromEntries(
  OPS.map((op) => [op, shapeCheck(ajv.compile(plainRequestSchema(op)), ajv.compile(signedRequestSchema(op)))]),
) as Record<Op, ShapeCheck<ExchangeRequest>>

/** The members of an exchange. */
export const exchangeShape = (op: Op): ShapeCheck<ExchangeRequest> => exchangeChecks[op]

/** The members of a request that is no exchange. `schema` is the plain body, `T` its type; signed adds the envelope. */
export const createShapeCheck = <T>(schema: ObjectSchema): ShapeCheck<T> =>
  shapeCheck<T>(conditional.compile(schema), conditional.compile(withEnvelope(schema)))

function shapeCheck<T>(plain: ValidateFunction<T>, signed: ValidateFunction<T>): ShapeCheck<T> {
  return (isSigned, payload) => {
    const validate = isSigned ? signed : plain
    if (!validate(payload)) throw malformed(validate)
    return payload
  }
}

function malformed(validate: ValidateFunction): ExchangeError {
  const reasons = (validate.errors ?? []).slice(0, 20).map(reasonOf)
  return new ExchangeError('request.malformed', 'members do not fit the schema', {
    publicDetail: { zh: '请求成员不符合接口约定', en: 'members do not fit the interface schema' },
    reasons,
  })
}

const WORDS: Record<string, (params: Record<string, unknown>) => { zh: string; en: string }> = {
  required: (p) => ({ zh: `缺少成员 ${p.missingProperty}`, en: `member \`${p.missingProperty}\` is missing` }),
  additionalProperties: () => ({ zh: '存在未约定的成员', en: 'an unknown member is present' }),
  type: (p) => ({ zh: `类型应为 ${p.type}`, en: `must be of type ${p.type}` }),
  pattern: () => ({ zh: '格式不符合约定', en: 'does not have the agreed form' }),
  enum: () => ({ zh: '不在允许的取值之内', en: 'is not one of the allowed values' }),
  maxLength: (p) => ({ zh: `最长 ${p.limit} 个字符`, en: `at most ${p.limit} characters` }),
  minLength: (p) => ({ zh: `至少 ${p.limit} 个字符`, en: `at least ${p.limit} characters` }),
  maxItems: (p) => ({ zh: `最多 ${p.limit} 项`, en: `at most ${p.limit} items` }),
  minItems: (p) => ({ zh: `至少 ${p.limit} 项`, en: `at least ${p.limit} items` }),
  maxProperties: (p) => ({ zh: `最多 ${p.limit} 项`, en: `at most ${p.limit} members` }),
  minProperties: (p) => ({ zh: `至少 ${p.limit} 项`, en: `at least ${p.limit} members` }),
  uniqueItems: () => ({ zh: '存在重复项', en: 'items repeat' }),
  minimum: (p) => ({ zh: `不小于 ${p.limit}`, en: `at least ${p.limit}` }),
  maximum: (p) => ({ zh: `不大于 ${p.limit}`, en: `at most ${p.limit}` }),
}

/**
 * One reason per fault. The pointer names a member of ours only: names the caller invented (roles, keys, claims) are
 * cut off, because an identifier could stand there.
 */
function reasonOf(error: ErrorObject): Reason {
  const words = WORDS[error.keyword]?.(error.params) ?? { zh: '不符合约定', en: 'does not fit the schema' }
  const pointer = publicPointer(error.instancePath)
  return {
    rule: error.keyword,
    pointer,
    zh: `${pointer || '请求'}：${words.zh}`,
    en: `${pointer || 'request'}: ${words.en}`,
  }
}

function publicPointer(instancePath: string): string {
  const [, first, second, third] = instancePath.split('/')
  if (first === undefined) return ''
  if (first === 'parties') return third === undefined ? '/parties' : `/parties/*/${third}`
  if (first === 'keys' || first === 'claims') return `/${first}`
  return second === undefined ? `/${first}` : `/${first}/${second}`
}
