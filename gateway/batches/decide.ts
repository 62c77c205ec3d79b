import type { MemberEntry } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, RequestedField } from '../exchange.ts'
import type { DecisionPoint } from '../ports/decision-point.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import { factsOf } from '../stages/authorise.ts'
import type { BatchMembers } from './members.ts'

export interface DecideDeps {
  grants: Pick<GrantStore, 'candidates'>
  decisions: DecisionPoint
  now: () => number
}

/**
 * Whether a batch like this may be asked at all. What only a line can say (its case, whether its subject is a party of
 * it, its kind of subject) is taken as favourable here, since every line is decided again with its own.
 *
 * Errors: `access.denied`, `grant.expired`, `grant.suspended`, as for one exchange in mode `batch`.
 */
export const createDecide = ({ grants, decisions, now }: DecideDeps) =>
  async function decide(
    { sender, received }: Authenticated,
    acting: MemberEntry,
    members: BatchMembers,
    fields: readonly RequestedField[],
  ): Promise<void> {
    const { scenario, item, purpose, operator, application } = members
    const found = await grants.candidates({ system: sender.system.id, member: acting.id, scenario })
    const decision = decisions.decide(
      {
        system: sender.system.id,
        member: acting.id,
        scenario,
        item: item ?? null,
        mode: 'batch',
        purpose,
        fields: fields.map(({ name }) => name),
        hasCase: true,
        hasApplication: application !== undefined,
        hasOperator: operator !== undefined,
        signed: sender.signed,
        subjectIsParty: true,
        subjectType: fields.find(({ role }) => role === null)?.dataset.subjectTypes[0] ?? 'person',
        division: acting.division,
        address: received.address,
        nowMs: now(),
      },
      found.grants,
      fields.map(factsOf),
      found.version,
    )
    if (decision.effect === 'permit') return
    throw new ExchangeError(decision.code, `batch forbidden by ${decision.policies.join(', ') || 'default deny'}`, {
      reasons: decision.reasons,
    })
  }
