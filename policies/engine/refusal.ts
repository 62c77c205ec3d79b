import { failedConditions, firstFailed } from './conditions.ts'
import type { PolicyText } from './policy-set.ts'
import type { DecisionReason } from './types.ts'
import type { CandidateView, FieldProperty, RequestView } from './views.ts'

/** Candidates explained in one refusal; the record keeps the fields, so more would only be noise. */
const MOST_CANDIDATES = 20

/**
 * The reason for fields that no grant covers. A field the catalogue does not know reads exactly the same, so that a
 * refusal tells nobody which datasets exist.
 */
export function notGranted(scenario: string, fields: readonly string[]): DecisionReason {
  return {
    rule: 'not-granted',
    zh: `在应用场景 ${scenario} 下未获授权的信息项：${fields.join('、')}`,
    en: `fields not granted in scenario ${scenario}: ${fields.join(', ')}`,
    fields: [...fields],
    next: {
      zh: '请减少所申请的信息项后重试，或在目录中查明提供部门并申请授权',
      en: 'ask for fewer fields, or find their provider in the catalogue and apply for a grant',
    },
  }
}

/**
 * Per candidate that could have given an uncovered field: the first condition that failed, in the order of grant ids. Of
 * grants for other modes, which are no candidates and may be dozens, one is named, for fields nothing else speaks of: it
 * tells that the field can be had in another way.
 */
export function candidateReasons(
  refused: readonly CandidateView[],
  request: RequestView,
  uncovered: ReadonlySet<string>,
): DecisionReason[] {
  const ofMode = refused.filter(({ grant }) => grant.modes.includes(request.query.mode))
  const reasons = explained(ofMode, request, uncovered, MOST_CANDIDATES)
  const unspoken = new Set([...uncovered].filter((field) => !reasons.some(({ fields }) => fields?.includes(field))))
  const ofOthers = refused.filter((candidate) => !ofMode.includes(candidate))
  return [...reasons, ...explained(ofOthers, request, unspoken, 1)]
}

function explained(
  candidates: readonly CandidateView[],
  request: RequestView,
  uncovered: ReadonlySet<string>,
  most: number,
): DecisionReason[] {
  const reasons: DecisionReason[] = []
  for (const candidate of candidates) {
    if (reasons.length === most) break
    const fields = candidate.asked.filter((field) => uncovered.has(field))
    if (fields.length === 0) continue
    const condition = firstFailed(candidate, request)
    reasons.push({
      ...(condition
        ? { rule: condition.rule, ...condition.failed(candidate, request), next: condition.next }
        : // The policy set was changed and says more than the table of conditions explains.
          { rule: 'policy', zh: '全局策略未准许该授权', en: 'no global policy permits this grant' }),
      fields,
      grant: candidate.grant.id,
    })
  }
  return reasons
}

/** A forbid in its own words: once per policy, and per grant where it is about the grant. */
export function forbidReason(
  policy: PolicyText,
  candidate: CandidateView | null,
  request: RequestView,
): DecisionReason {
  const cause =
    policy.fields && policy.fields in request.sets ? request.sets[policy.fields as FieldProperty] : undefined
  const about = policy.aboutGrant ? candidate : null
  const fields = about === null ? cause : cause?.filter((field) => about.asked.includes(field))
  return {
    rule: policy.id,
    zh: policy.zh,
    en: policy.en,
    policy: policy.id,
    ...(fields ? { fields } : {}),
    ...(about ? { grant: about.grant.id } : {}),
    ...(policy.next ? { next: policy.next } : {}),
  }
}

export function faultReason(grant?: string): DecisionReason {
  return {
    ...(grant === undefined ? {} : { grant }),
    rule: 'evaluation-error',
    zh: '策略求值出错，已按拒绝处理并告警',
    en: 'a policy could not be evaluated; the request is refused and an alarm raised',
    next: { zh: '请联系网关运维人员', en: 'contact the gateway’s operators' },
  }
}

/**
 * What alone keeps a candidate from being in force: `suspended`, or `expired` (its end has passed, also when nobody has
 * moved its status yet). `null` when anything else fails too, or when it has not begun, is a draft or was revoked.
 */
export function dormancy(candidate: CandidateView, request: RequestView): 'suspended' | 'expired' | null {
  const failed = failedConditions(candidate, request)
  if (failed.length === 0 || failed.some(({ rule }) => rule !== 'status' && rule !== 'term')) return null
  const { status } = candidate.grant
  const { nowMs } = request.query
  if (status === 'draft' || status === 'revoked' || nowMs < candidate.fromMs) return null
  return status === 'expired' || nowMs >= candidate.untilMs ? 'expired' : 'suspended'
}

/** The candidate as it would be, were it in force now. */
export function awakened(candidate: CandidateView, { query: { nowMs } }: RequestView): CandidateView {
  return { ...candidate, grant: { ...candidate.grant, status: 'active' }, fromMs: nowMs, untilMs: nowMs + 1 }
}
