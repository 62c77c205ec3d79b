import type { DecisionPoint } from '../../gateway/ports/decision-point.ts'
import { cedarCall, requestContext } from './cedar-call.ts'
import { loadPolicySet, type PolicySet, type Verdict } from './policy-set.ts'
import { awakened, candidateReasons, dormancy, faultReason, forbidReason, notGranted } from './refusal.ts'
import type { Decision, DecisionReason, Grant } from './types.ts'
import { validUntil } from './validity.ts'
import { type CandidateView, type RequestView, viewCandidate, viewRequest } from './views.ts'

interface Judged {
  candidate: CandidateView
  verdict: Verdict
}
type Refusal = Omit<Extract<Decision, { effect: 'forbid' }>, 'effect' | 'policyVersion'>

/**
 * A decision point over one policy set.
 *
 * Each candidate that is active, for the mode, and names a requested field gets one Cedar decision, with the whole
 * request in the context. The permitted ones must together cover every field; a forbid that fires on any of them, or an
 * evaluation error on any of them, refuses the whole. The others are no authority and serve the explanation.
 *
 * Errors: `PolicySetError` when the set does not parse, validate and explain itself; `decide` itself never throws.
 * Source: design §5; Cedar authorization semantics (forbid beats permit, no match is deny, errors are skipped).
 */
export function createDecisionPoint(texts: { schemaText: string; policyText: string }): DecisionPoint {
  const policies = loadPolicySet(texts)
  return {
    policyVersion: policies.version,
    decide(query, candidates, facts) {
      try {
        const request = viewRequest(query, facts)
        const relevant = candidates
          .map((grant) => viewCandidate(grant, request))
          .filter(({ asked }) => asked.length > 0)
          .sort((a, b) => (a.grant.id < b.grant.id ? -1 : a.grant.id > b.grant.id ? 1 : 0))
        return { ...judge(policies, request, relevant), policyVersion: policies.version }
      } catch {
        // A grant that is not even shaped like one: as much a fault as a policy that cannot be evaluated.
        return { effect: 'forbid', ...faultRefusal(query.nowMs), policyVersion: policies.version }
      }
    },
  }
}

function judge(policies: PolicySet, request: RequestView, relevant: CandidateView[]) {
  const evaluate = evaluator(policies, request)
  const judged = relevant
    // Another mode's grant can neither permit nor forbid this one: candidates are those of the mode (design §5).
    .filter(({ grant }) => grant.status === 'active' && grant.modes.includes(request.query.mode))
    .map((candidate) => ({ candidate, verdict: evaluate(candidate) }))
  // Global forbids are heard even when there is no grant to judge, so that a refusal can name them.
  if (judged.length === 0) judged.push(withoutGrant(request, evaluate))

  const faulty = judged.filter(({ verdict }) => 'faulty' in verdict)
  if (faulty.length > 0) return { effect: 'forbid' as const, ...faultRefusal(request.query.nowMs, faulty) }
  const fired = judged.filter(({ verdict }) => !('faulty' in verdict) && !verdict.allow && verdict.policies.length > 0)
  const validUntilMs = validUntil(relevant, request.query.nowMs)
  if (fired.length > 0) return { effect: 'forbid' as const, ...forbidRefusal(policies, request, fired), validUntilMs }

  const permitted = judged.filter(({ verdict }) => 'allow' in verdict && verdict.allow)
  const fieldGrants = assignFields(permitted)
  const uncovered = request.fields.filter((field) => !fieldGrants.has(field))
  if (uncovered.length > 0 || request.fields.length === 0) {
    const refused = relevant.filter((candidate) => !permitted.some((permit) => permit.candidate === candidate))
    return {
      effect: 'forbid' as const,
      code: refusalCode(request, refused, uncovered, evaluate),
      policies: [],
      reasons: [
        notGranted(request.query.scenario, uncovered),
        ...candidateReasons(refused, request, new Set(uncovered)),
      ],
      alarm: false,
      validUntilMs,
    }
  }
  const grants = [...new Set(fieldGrants.values())].sort()
  return {
    effect: 'permit' as const,
    fieldGrants: Object.fromEntries(request.fields.map((field) => [field, fieldGrants.get(field)!])),
    grants,
    policies: determining(permitted.filter(({ candidate }) => grants.includes(candidate.grant.id))),
    validUntilMs,
  }
}

function evaluator(policies: PolicySet, request: RequestView): (candidate: CandidateView) => Verdict {
  const shared = requestContext(request)
  return (candidate) => policies.evaluate(cedarCall(candidate, request, shared))
}

/** Each field from the first permitted grant, in the order of ids, that names it. A map: field names are input. */
function assignFields(permitted: readonly Judged[]): Map<string, string> {
  const fieldGrants = new Map<string, string>()
  for (const { candidate } of permitted) {
    for (const field of candidate.asked) if (!fieldGrants.has(field)) fieldGrants.set(field, candidate.grant.id)
  }
  return fieldGrants
}

function determining(judged: readonly Judged[]): string[] {
  return [...new Set(judged.flatMap(({ verdict }) => ('faulty' in verdict ? [] : verdict.policies)))].sort()
}

function forbidRefusal(
  policies: PolicySet,
  request: RequestView,
  fired: readonly Judged[],
): Omit<Refusal, 'validUntilMs'> {
  const ids = determining(fired)
  const reasons = new Map<string, DecisionReason>()
  for (const { candidate, verdict } of fired) {
    for (const id of 'faulty' in verdict ? [] : verdict.policies) {
      const reason = forbidReason(policies.texts.get(id)!, candidate, request)
      reasons.set(`${id} ${reason.grant ?? ''}`, reason)
    }
  }
  return { code: 'access.denied', policies: ids, reasons: [...reasons.values()], alarm: false }
}

/** Not to be remembered: the next decision may find the fault gone. Names the policies and grants, for those who mend them. */
function faultRefusal(nowMs: number, faulty: readonly Judged[] = []): Refusal {
  const policies = faulty.flatMap(({ verdict }) => ('faulty' in verdict ? verdict.faulty : []))
  const grants = faulty.map(({ candidate }) => candidate.grant.id).filter((id) => id !== NO_GRANT)
  return {
    code: 'access.denied',
    policies: [...new Set(policies)].sort(),
    reasons: grants.length === 0 ? [faultReason()] : grants.map((id) => faultReason(id)),
    alarm: true,
    validUntilMs: nowMs,
  }
}

/**
 * `grant.suspended` or `grant.expired` when nothing else stands in the way: the same grants, in force, would cover what
 * is missing. A suspended grant that would do is named before an expired one, since it is the one somebody stopped.
 */
function refusalCode(
  request: RequestView,
  refused: readonly CandidateView[],
  uncovered: readonly string[],
  evaluate: (candidate: CandidateView) => Verdict,
): Refusal['code'] {
  const dormant = refused
    .map((candidate) => ({ candidate, why: dormancy(candidate, request) }))
    .filter(({ candidate, why }) => {
      if (why === null) return false
      const verdict = evaluate(awakened(candidate, request))
      return 'allow' in verdict && verdict.allow
    })
  const covers = (chosen: typeof dormant) =>
    uncovered.length > 0 && uncovered.every((field) => chosen.some(({ candidate }) => candidate.asked.includes(field)))
  if (covers(dormant.filter(({ why }) => why === 'suspended'))) return 'grant.suspended'
  return covers(dormant) ? 'grant.expired' : 'access.denied'
}

/** No grant bears it. */
const NO_GRANT = ''

function withoutGrant(request: RequestView, evaluate: (candidate: CandidateView) => Verdict): Judged {
  const none: Grant = {
    id: NO_GRANT,
    status: 'draft',
    scenario: request.query.scenario,
    consumer: { kind: 'system', id: request.query.system },
    fields: [],
    modes: [],
    items: [],
    purposes: [],
    term: { from: '1970-01-01T00:00:00Z', until: '1970-01-01T00:00:00Z' },
    ceilings: [],
    conditions: {
      case: 'required',
      operator: true,
      signed: true,
      subjectIsParty: true,
      divisions: [],
      networks: [],
      hours: null,
    },
    legalBasis: '',
    masks: {},
    approvals: [],
    datasetVersions: {},
  }
  const candidate = viewCandidate(none, request)
  return { candidate, verdict: evaluate(candidate) }
}
