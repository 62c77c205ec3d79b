import type { IdType, SubjectType } from '../catalog/types.ts'
import { ExchangeError, type Reason } from '../errors/exchange-error.ts'
import type { ExchangeRequest, Subject } from '../exchange.ts'
import { normaliseSubjectId } from '../identifiers/index.ts'

/** Which identifiers can name which kind of subject. */
const ID_TYPES_OF: Record<SubjectType, readonly IdType[]> = {
  person: ['resident-id', 'residence-permit-hmt', 'foreign-permanent-resident', 'passport', 'birth-certificate'],
  organisation: ['uscc', 'organisation-code', 'business-registration'],
  property: ['real-estate-unit'],
  vehicle: ['plate', 'vin'],
  project: ['project-code'],
}

/** Normal form of one subject, as it is digested and compared. */
export const subjectKey = ({ type, idType, id }: Subject): string => `${type}:${idType}:${id}`

/**
 * Brings every identifier of the request into normal form (R116).
 *
 * Errors: `subject.invalid` naming the member and the fault (length, check, date …), never the identifier.
 */
export function normaliseSubjects(request: ExchangeRequest, nowMs: number): ExchangeRequest {
  const today = chinaDay(nowMs)
  const faults: Reason[] = []
  const normal = (subject: Subject, pointer: string): Subject => {
    if (!ID_TYPES_OF[subject.type].includes(subject.idType)) {
      faults.push({
        rule: 'id-type',
        pointer: `${pointer}/idType`,
        zh: '标识类型与主体类型不符',
        en: 'this kind of identifier cannot name this kind of subject',
      })
      return subject
    }
    const result = normaliseSubjectId(subject.idType, subject.id, today)
    if (result.ok) return { ...subject, id: result.normal }
    faults.push({
      rule: result.fault,
      pointer: `${pointer}/id`,
      zh: `标识不合规（${FAULT_ZH[result.fault] ?? '格式'}）`,
      en: `identifier is not well formed (${result.fault})`,
    })
    return subject
  }
  const subject = normal(request.subject, '/subject')
  const parties =
    request.parties &&
    Object.fromEntries(Object.entries(request.parties).map(([role, party]) => [role, normal(party, '/parties/*')]))
  if (faults.length > 0)
    throw new ExchangeError('subject.invalid', 'identifier is not well formed', { reasons: faults })
  return { ...request, subject, ...(parties && { parties }) }
}

/**
 * One subject that stands alone, in normal form.
 *
 * Errors: `subject.invalid`, as `normaliseSubjects`; `pointer` says where it stands.
 */
export function normaliseSubject(subject: Subject, pointer: string, nowMs: number): Subject {
  const result = ID_TYPES_OF[subject.type].includes(subject.idType)
    ? normaliseSubjectId(subject.idType, subject.id, chinaDay(nowMs))
    : ({ ok: false, fault: 'id-type' } as const)
  if (result.ok) return { ...subject, id: result.normal }
  throw new ExchangeError('subject.invalid', 'identifier is not well formed', {
    reasons: [
      {
        rule: result.fault,
        pointer: `${pointer}/${result.fault === 'id-type' ? 'idType' : 'id'}`,
        zh: `标识不合规（${FAULT_ZH[result.fault] ?? '格式'}）`,
        en: `identifier is not well formed (${result.fault})`,
      },
    ],
  })
}

const FAULT_ZH: Record<string, string> = {
  length: '长度',
  charset: '字符',
  check: '校验位',
  date: '日期',
  division: '行政区划',
  sequence: '顺序码',
  prefix: '前缀',
}

/** `YYYYMMDD` in China, which keeps UTC+8 all year since 1992. */
export function chinaDay(nowMs: number): string {
  return new Date(nowMs + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
}
