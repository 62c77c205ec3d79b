import type { CandidateView, RequestView } from './views.ts'

interface Sentence {
  zh: string
  en: string
}

/** One term of a grant, as the permit `within-grant` checks it. */
export interface Condition {
  /** Stable word for programs. */
  rule: string
  met(candidate: CandidateView, request: RequestView): boolean
  /** What is wrong, naming the grant's own terms; never anything the caller wrote as free text. */
  failed(candidate: CandidateView, request: RequestView): Sentence
  next: Sentence
}

const list = (values: readonly string[]) =>
  values.length <= 8 ? values.join('、') || '—' : `${values.slice(0, 8).join('、')} …（${values.length}）`
const always = (zh: string, en: string) => () => ({ zh, en })
const shares = (some: readonly string[], others: readonly string[]) => some.some((value) => others.includes(value))

const CASE_TEXT = {
  required: { zh: '授权要求已有办件编号', en: 'the grant requires a case number' },
  'application-allowed': {
    zh: '授权要求有办件编号或申报流水号',
    en: 'the grant requires a case number or an application number',
  },
  'not-required': { zh: '授权的办件条件无法识别', en: 'the grant’s case condition is not understood' },
} as const

const STATUS_TEXT = {
  draft: { zh: '授权尚为草稿，未生效', en: 'the grant is a draft and not in force' },
  active: { zh: '授权有效', en: 'the grant is active' },
  suspended: { zh: '授权已被暂停', en: 'the grant is suspended' },
  revoked: { zh: '授权已被撤销', en: 'the grant is revoked' },
  expired: { zh: '授权已到期', en: 'the grant has expired' },
} as const

/**
 * The terms of `within-grant` in the order a person would check them: for whom, for what, which fields, on what ground,
 * under which conditions. Cedar decides; this table only explains, and a property test keeps the two in agreement:
 * Cedar permits a candidate exactly when no condition here fails.
 */
export const CONDITIONS: readonly Condition[] = [
  {
    rule: 'consumer',
    met: ({ grant: { consumer } }, { query }) =>
      consumer.id === (consumer.kind === 'member' ? query.member : query.system),
    failed: always('授权授予的是其他部门或系统', 'the grant is for another department or system'),
    next: {
      zh: '请以被授权的部门或系统提出请求，或另行申请授权',
      en: 'ask as the department or system it was given to, or apply for a grant',
    },
  },
  {
    rule: 'scenario',
    met: ({ grant }, { query }) => grant.scenario === query.scenario,
    failed: ({ grant }) => ({
      zh: `授权仅适用于应用场景 ${grant.scenario}`,
      en: `the grant is for scenario ${grant.scenario} only`,
    }),
    next: {
      zh: '请按实际应用场景提出请求，或为本场景申请授权',
      en: 'ask under the scenario at hand, or apply for a grant in this one',
    },
  },
  {
    rule: 'status',
    met: ({ grant }) => grant.status === 'active',
    failed: ({ grant }) => STATUS_TEXT[grant.status],
    next: {
      zh: '请联系授权管理人员恢复、续期或重新申请授权',
      en: 'ask the grant’s administrator to resume or renew it, or apply anew',
    },
  },
  {
    rule: 'term',
    met: ({ fromMs, untilMs }, { query }) => fromMs <= query.nowMs && query.nowMs < untilMs,
    failed: ({ grant, fromMs }, { query }) =>
      query.nowMs < fromMs
        ? { zh: `授权自 ${grant.term.from} 起生效`, en: `the grant begins at ${grant.term.from}` }
        : { zh: `授权已于 ${grant.term.until} 到期`, en: `the grant ended at ${grant.term.until}` },
    next: { zh: '请在授权期限内提出请求，或申请续期', en: 'ask within the grant’s term, or apply for renewal' },
  },
  {
    rule: 'mode',
    met: ({ grant }, { query }) => grant.modes.includes(query.mode),
    failed: ({ grant }) => ({
      zh: `授权仅允许以 ${list(grant.modes)} 方式使用`,
      en: `the grant allows the modes ${list(grant.modes)} only`,
    }),
    next: {
      zh: '请改用授权允许的方式（如只核验、不取值）',
      en: 'use a mode the grant allows (for instance verify instead of query)',
    },
  },
  {
    rule: 'item',
    met: ({ grant }, { query }) => grant.items === 'all' || (query.item !== null && grant.items.includes(query.item)),
    failed: ({ grant }, { query }) =>
      query.item === null
        ? { zh: '授权限定政务服务事项，请求未写明事项', en: 'the grant is limited to items and the request names none' }
        : {
            zh: `授权仅适用于事项 ${list(grant.items === 'all' ? [] : grant.items)}`,
            en: `the grant is for the items ${list(grant.items === 'all' ? [] : grant.items)} only`,
          },
    next: {
      zh: '请写明正在办理的事项；该事项未获授权的，请申请增加',
      en: 'name the item being handled; if it is not covered, apply to have it added',
    },
  },
  {
    rule: 'purpose',
    met: ({ grant }, { query }) => grant.purposes.includes(query.purpose),
    failed: ({ grant }) => ({
      zh: `授权的用途为：${list(grant.purposes)}`,
      en: `the grant’s purposes are: ${list(grant.purposes)}`,
    }),
    next: {
      zh: '请按授权列明的用途填写 purpose；用途变更须重新申请',
      en: 'state one of the grant’s purposes; another purpose needs a new application',
    },
  },
  {
    rule: 'fields',
    met: ({ asked }) => asked.length > 0,
    failed: always('授权未列明所申请的信息项', 'the grant names none of the requested fields'),
    next: { zh: '请减少所申请的信息项，或申请增加信息项', en: 'ask for fewer fields, or apply to have them added' },
  },
  {
    rule: 'legal-basis',
    met: ({ legalBasis, grant }, { sets }) => legalBasis !== '' || !shares(sets.personal, grant.fields),
    failed: always(
      '信息项属个人信息，授权未写明法律依据',
      'the fields are personal information and the grant states no legal basis',
    ),
    next: { zh: '请由授权管理人员补充法律依据', en: 'have the grant’s administrator state the legal basis' },
  },
  {
    rule: 'consumer-approval',
    met: ({ approvals }) => approvals.includes('consumer-head'),
    failed: always('授权缺少需求部门负责人的批准', 'the grant lacks the approval of the consumer’s head'),
    next: { zh: '请由需求部门政务数据共享负责人批准', en: 'have it approved by the consumer’s head for data sharing' },
  },
  {
    rule: 'provider-approval',
    met: ({ approvals, grant }, { sets }) =>
      approvals.includes('provider-head') || !shares(sets.conditional, grant.fields),
    failed: always(
      '信息项属有条件共享，授权缺少提供部门负责人的批准',
      'the fields are shared on conditions and the provider’s head has not approved the grant',
    ),
    next: { zh: '请由数据提供部门负责人批准', en: 'have it approved by the provider’s head' },
  },
  {
    rule: 'case-required',
    met: ({ grant }, { query }) => {
      const needed = grant.conditions.case
      if (needed === 'not-required') return true
      return query.hasCase || (needed === 'application-allowed' && query.hasApplication)
    },
    failed: ({ grant }) => CASE_TEXT[grant.conditions.case],
    next: {
      zh: '请填写 case（办件编号）；授权允许时可填写 application（申报流水号）',
      en: 'give the `case`, or the `application` where the grant allows it',
    },
  },
  {
    rule: 'operator-required',
    met: ({ grant }, { query }) => !grant.conditions.operator || query.hasOperator,
    failed: always('授权要求写明经办人', 'the grant requires the operator to be named'),
    next: { zh: '请填写 operator（经办人）', en: 'give the `operator`' },
  },
  {
    rule: 'signed-required',
    met: ({ grant }, { query }) => !grant.conditions.signed || query.signed,
    failed: always('授权要求逐笔签名的请求', 'the grant requires a signed request'),
    next: {
      zh: '请以系统登记的密钥对请求签名（application/jose）',
      en: 'sign the request with the system’s registered key (application/jose)',
    },
  },
  {
    rule: 'subject-is-party',
    met: ({ grant }, { query }) => !grant.conditions.subjectIsParty || query.subjectIsParty,
    failed: always('授权仅允许查询办件的当事人', 'the grant covers parties of the case only'),
    next: { zh: '请核对查询对象是否为本办件的当事人', en: 'check that the subject is a party of this case' },
  },
  {
    rule: 'division',
    met: ({ grant }, { divisions }) =>
      grant.conditions.divisions.length === 0 || shares(divisions, grant.conditions.divisions),
    failed: ({ grant }) => ({
      zh: `授权的管辖范围为：${list(grant.conditions.divisions)}`,
      en: `the grant’s divisions are: ${list(grant.conditions.divisions)}`,
    }),
    next: { zh: '请由有管辖权的部门提出请求', en: 'let the department with jurisdiction ask' },
  },
  {
    rule: 'network',
    met: ({ grant, network }) => grant.conditions.networks.length === 0 || network !== null,
    failed: always(
      '请求不是从授权允许的网络发出，或来源地址无法确认',
      'the request did not come from a network the grant allows, or its address is not known',
    ),
    next: { zh: '请从登记的网络发出请求', en: 'send the request from a registered network' },
  },
  {
    rule: 'hours',
    met: ({ grant }, { hour }) => {
      const { hours } = grant.conditions
      if (hours === null) return true
      if (hours.from < hours.to) return hours.from <= hour && hour < hours.to
      return hours.from > hours.to && (hours.from <= hour || hour < hours.to)
    },
    failed: ({ grant }) => ({
      zh: `授权的使用时段为北京时间 ${grant.conditions.hours?.from} 时至 ${grant.conditions.hours?.to} 时`,
      en: `the grant may be used from ${grant.conditions.hours?.from}:00 to ${grant.conditions.hours?.to}:00, China time`,
    }),
    next: { zh: '请在授权时段内提出请求', en: 'ask within the hours of the grant' },
  },
]

export function failedConditions(candidate: CandidateView, request: RequestView): Condition[] {
  return CONDITIONS.filter((condition) => !condition.met(candidate, request))
}

export function firstFailed(candidate: CandidateView, request: RequestView): Condition | undefined {
  return CONDITIONS.find((condition) => !condition.met(candidate, request))
}
