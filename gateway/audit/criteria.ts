import { Ajv2020 } from 'ajv/dist/2020.js'
import type { IdType, SubjectType } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { normaliseSubjectId } from '../identifiers/index.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import { chinaDay } from '../requests/subjects.ts'

/** What can stand in a URL: names of things and numbers of cases, never of people. */
export const PLAIN_CRITERIA = [
  'member',
  'system',
  'onBehalfOf',
  'scenario',
  'item',
  'case',
  'application',
  'dataset',
  'field',
  'outcome',
  'code',
  'mode',
  'grant',
] as const
export type PlainCriterion = (typeof PLAIN_CRITERIA)[number]

/** What an auditor asks for; every member narrows. */
export type RecordCriteria = Partial<Record<PlainCriterion, string>> & {
  /** Found as the one asked about and as a party. */
  subject?: { type: SubjectType; idType: IdType; id: string }
  operator?: { system: string; id: string }
  /** Recorded at or after, and before: RFC 3339, or a day `YYYYMMDD` in China time (a `to` day is included). */
  from?: string
  to?: string
}

/** The same as the store takes it: nobody is named any more. */
export interface DigestedCriteria {
  plain: Partial<Record<PlainCriterion, string>>
  subjectDigest: string | null
  operatorDigest: string | null
  fromMs: number | null
  toMs: number | null
}

const word = { type: 'string', minLength: 1, maxLength: 200 }
const moment = {
  type: 'string',
  pattern: '^(\\d{8}|\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2}))$',
}
export const CRITERIA_SCHEMA = {
  type: 'object',
  properties: {
    ...Object.fromEntries(PLAIN_CRITERIA.map((name) => [name, word])),
    subject: {
      type: 'object',
      properties: { type: word, idType: word, id: { type: 'string', minLength: 1, maxLength: 64 } },
      required: ['type', 'idType', 'id'],
      additionalProperties: false,
    },
    operator: {
      type: 'object',
      properties: { system: word, id: word },
      required: ['system', 'id'],
      additionalProperties: false,
    },
    from: moment,
    to: moment,
  },
  additionalProperties: false,
} as const
const fits = new Ajv2020({ strict: true, allErrors: true }).compile<RecordCriteria>(CRITERIA_SCHEMA)

/**
 * Checks criteria and replaces people by their digests.
 *
 * Errors: `request.malformed` naming the member; `subject.invalid`. Neither quotes a value.
 */
export function digestCriteria(given: unknown, digests: SubjectDigests, nowMs: number): DigestedCriteria {
  if (!fits(given)) {
    const at = [...new Set((fits.errors ?? []).map((fault) => fault.instancePath || '/'))]
    throw unusable(at.join(', '), '查询条件不符合约定', 'a criterion is not known or not well formed')
  }
  const { subject, operator, from, to, ...plain } = given
  const fromMs = from === undefined ? null : momentOf('from', from, 0)
  const toMs = to === undefined ? null : momentOf('to', to, 86_400_000)
  if (fromMs !== null && toMs !== null && fromMs >= toMs)
    throw unusable('/from', '起始时间应早于截止时间', '`from` must be earlier than `to`')
  return {
    plain,
    subjectDigest: subject === undefined ? null : digests.of({ ...subject, id: normalId(subject, nowMs) }),
    operatorDigest: operator === undefined ? null : digests.ofOperator(operator.system, operator.id),
    fromMs,
    toMs,
  }
}

function normalId({ idType, id }: NonNullable<RecordCriteria['subject']>, nowMs: number): string {
  const normal = normaliseSubjectId(idType, id, chinaDay(nowMs))
  if (normal.ok) return normal.normal
  throw new ExchangeError('subject.invalid', 'the identifier searched for is not well formed', {
    reasons: [
      { rule: normal.fault, pointer: '/subject/id', zh: '标识不合规', en: 'the identifier is not well formed' },
    ],
  })
}

export function momentOf(name: string, text: string, dayEndsAfterMs: number): number {
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(text)
  const ms = Date.parse(day === null ? text : `${day[1]}-${day[2]}-${day[3]}T00:00:00+08:00`)
  if (!Number.isFinite(ms)) throw unusable(`/${name}`, `${name} 不是有效时间`, `\`${name}\` is no moment`)
  return day === null ? ms : ms + dayEndsAfterMs
}

export function unusable(pointer: string, zh: string, en: string, rule = 'criteria'): ExchangeError {
  return new ExchangeError('request.malformed', en, {
    publicDetail: { zh: `${zh}（${pointer}）`, en: `${en} (${pointer})` },
    reasons: [{ rule, pointer, zh, en }],
  })
}
