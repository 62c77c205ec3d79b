import { chinaHour } from './china-time.ts'
import { divisionChain } from './division.ts'
import { plainAddress, witnessNetwork } from './network.ts'
import type { DecisionQuery, FieldFacts, Grant } from './types.ts'

/** A request as the conditions and Cedar see it: computed once for all candidates. */
export interface RequestView {
  query: DecisionQuery
  /** Requested fields, each once, in the order asked. */
  fields: string[]
  /** Fields the engine has facts for. Anything else is treated exactly like an ungranted field. */
  known: ReadonlySet<string>
  /** Which requested fields have a property that some policy asks about; named like the context's members. */
  sets: Record<FieldProperty, string[]>
  hour: number
  divisions: string[]
  address: string | null
}
export type FieldProperty = 'personal' | 'sensitive' | 'conditional' | 'notShared' | 'signedOnly'

/** One grant beside one request. */
export interface CandidateView {
  grant: Grant
  /** Requested fields that the grant names. */
  asked: string[]
  fromMs: number
  untilMs: number
  approvals: string[]
  legalBasis: string
  specificPurpose: string
  /** The grant's network that holds the client's address, if any. */
  network: string | null
}

export function viewRequest(query: DecisionQuery, facts: readonly FieldFacts[]): RequestView {
  const fields = [...new Set(query.fields)]
  const requested = new Set(fields)
  const about = facts.filter(({ field }) => requested.has(field))
  const having = (property: (fact: FieldFacts) => boolean) => about.filter(property).map(({ field }) => field)
  return {
    query,
    fields,
    known: new Set(about.map(({ field }) => field)),
    sets: {
      personal: having((fact) => fact.personal),
      sensitive: having((fact) => fact.sensitive),
      conditional: having((fact) => fact.shareClass === 'conditional'),
      notShared: having((fact) => fact.shareClass === 'not-shared'),
      signedOnly: having((fact) => fact.signedRequestRequired),
    },
    hour: chinaHour(query.nowMs),
    divisions: divisionChain(query.division),
    address: plainAddress(query.address),
  }
}

export function viewCandidate(grant: Grant, request: RequestView): CandidateView {
  const named = new Set(grant.fields)
  return {
    grant,
    asked: request.fields.filter((field) => named.has(field) && request.known.has(field)),
    fromMs: Date.parse(grant.term.from),
    untilMs: Date.parse(grant.term.until),
    approvals: standingApprovals(grant),
    legalBasis: grant.legalBasis.trim(),
    specificPurpose: grant.specificPurpose?.trim() ?? '',
    network: witnessNetwork(grant.conditions.networks, request.address),
  }
}

/** Roles that approved. A second approver counts only when another person than the first two: four eyes, not two. */
function standingApprovals({ approvals }: Grant): string[] {
  const first = new Set(approvals.filter(({ role }) => role !== 'second-approver').map(({ by }) => by))
  return approvals.filter(({ role, by }) => role !== 'second-approver' || !first.has(by)).map(({ role }) => role)
}
