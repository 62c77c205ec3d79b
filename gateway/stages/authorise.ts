import type { DecisionQuery, FieldFacts, Grant } from '../../policies/engine/types.ts'
import type { MaskRule } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authorised, Identified, RequestedField } from '../exchange.ts'
import type { DecisionPoint } from '../ports/decision-point.ts'
import type { GrantStore } from '../ports/grant-store.ts'

export interface AuthoriseDeps {
  grants: Pick<GrantStore, 'candidates'>
  decisions: DecisionPoint
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
    const { grants, version } = await deps.grants.candidates({
      system: sender.system.id,
      member: acting.id,
      scenario: request.scenario,
    })
    const decision = deps.decisions.decide(queryOf(exchange, deps.now()), grants, exchange.fields.map(factsOf), version)
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

function queryOf({ received, sender, acting, request, fields }: Identified, nowMs: number): DecisionQuery {
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
    // Known once cases are reported by events; until then a grant that demands it stays closed.
    subjectIsParty: false,
    subjectType: request.subject.type,
    division: acting.division,
    address: received.address,
    nowMs,
  }
}

function factsOf({ name, dataset, field }: RequestedField): FieldFacts {
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
