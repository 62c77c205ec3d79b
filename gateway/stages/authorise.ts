import type { DecisionQuery, FieldFacts, Grant } from '../../policies/engine/types.ts'
import type { MaskRule } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authorised, Identified, RequestedField } from '../exchange.ts'
import type { CaseRegister } from '../ports/case-register.ts'
import type { DecisionPoint } from '../ports/decision-point.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'

export interface AuthoriseDeps {
  grants: Pick<GrantStore, 'candidates'>
  decisions: DecisionPoint
  /** Without them a grant that demands a party of the case stays closed. */
  parties?: { cases: CaseRegister; digests: SubjectDigests }
  now: () => number
  /** Called when an evaluation error closed the door (invariant 3). */
  alarm: (exchangeId: string, policies: string[]) => void
}

/**
 * Asks which grants permit this exchange, whole or nothing, and keeps the answer with the version it was decided under.
 *
 * Errors: `access.denied`, `grant.expired`, `grant.suspended`, with fields, rule and first failed condition.
 */
export const createAuthorise = (deps: AuthoriseDeps) =>
  async function authorise(exchange: Identified): Promise<Authorised> {
    const { sender, acting, request } = exchange
    const { grants, version, since } = await deps.grants.candidates({
      system: sender.system.id,
      member: acting.id,
      scenario: request.scenario,
    })
    const query = queryOf(exchange, await isParty(exchange, grants, deps.parties), deps.now())
    const decision = deps.decisions.decide(query, grants, exchange.fields.map(factsOf), since ?? version)
    if (decision.effect !== 'permit') {
      if (decision.alarm) deps.alarm(exchange.exchangeId, decision.policies)
      throw new ExchangeError(decision.code, `forbidden by ${decision.policies.join(', ') || 'default deny'}`, {
        reasons: decision.reasons,
      })
    }
    const used = grants.filter((grant) => decision.grants.includes(grant.id))
    return {
      ...exchange,
      decision,
      grants: used,
      authorisationVersion: version,
      masks: masksOf(exchange.fields, used, decision.fieldGrants),
    }
  }

/** Looked up only where a candidate demands it: most exchanges never ask. */
async function isParty(
  { request }: Identified,
  candidates: readonly Grant[],
  parties: AuthoriseDeps['parties'],
): Promise<boolean> {
  const { case: caseNo = null, application = null, item = null, subject } = request
  if (parties === undefined || (caseNo === null && application === null)) return false
  if (!candidates.some(({ status, conditions }) => status === 'active' && conditions.subjectIsParty)) return false
  return await parties.cases.isParty({ caseNo, application, item, subjectDigest: parties.digests.of(subject) })
}

function queryOf(
  { received, sender, acting, request, fields }: Identified,
  subjectIsParty: boolean,
  nowMs: number,
): DecisionQuery {
  return {
    system: sender.system.id,
    member: acting.id,
    scenario: request.scenario,
    item: request.item ?? null,
    mode: received.op,
    purpose: request.purpose,
    fields: fields.map((field) => field.name),
    hasCase: request.case !== undefined,
    hasApplication: request.application !== undefined,
    hasOperator: request.operator !== undefined,
    signed: sender.signed,
    subjectIsParty,
    subjectType: request.subject.type,
    division: acting.division,
    address: received.address,
    nowMs,
  }
}

export function factsOf({ name, dataset, field }: RequestedField): FieldFacts {
  const entry = dataset.fields.find(({ id }) => id === field) ?? dataset.derived.find(({ id }) => id === field)
  return {
    field: name,
    dataset: dataset.id,
    shareClass: dataset.shareClass,
    sensitive: entry?.sensitive ?? true,
    personal: entry?.personal ?? true,
    signedRequestRequired: dataset.signedRequestRequired,
  }
}

/**
 * A grant's own rule wins over the dataset's (R136). A sensitive field that neither gives a rule is masked whole; `none`
 * must be said by the grant.
 */
function masksOf(
  fields: RequestedField[],
  grants: Grant[],
  fieldGrants: Record<string, string>,
): Record<string, MaskRule> {
  const masks: Record<string, MaskRule> = {}
  for (const { name, dataset, field } of fields) {
    const granted = grants.find(({ id }) => id === fieldGrants[name])?.masks[name] as MaskRule | undefined
    const entry = dataset.fields.find(({ id }) => id === field) ?? dataset.derived.find(({ id }) => id === field)
    const rule = granted ?? (entry?.sensitive && entry.mask === 'none' ? 'full' : (entry?.mask ?? 'full'))
    if (rule !== 'none') masks[name] = rule
  }
  return masks
}
