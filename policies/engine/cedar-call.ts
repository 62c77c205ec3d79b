import type { CedarValueJson, Context, EntityJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { CandidateView, RequestView } from './views.ts'

const uid = (type: 'Grant' | 'Member' | 'System' | 'Action', id: string) => ({ type: `Guanyi::${type}`, id })
const reference = (type: 'Member' | 'System', id: string) => ({ __entity: uid(type, id) })
const ip = (text: string) => ({ __extn: { fn: 'ip', arg: text } })

export interface CedarCall {
  principal: { type: string; id: string }
  action: { type: string; id: string }
  resource: { type: string; id: string }
  context: Context
  entities: EntityJson[]
}

/** The part of the context that is the same for every candidate. */
export function requestContext({ query, fields, sets, hour, divisions }: RequestView): Context {
  return {
    member: reference('Member', query.member),
    scenario: query.scenario,
    // Cedar knows no null: what a request lacks is left out.
    ...(query.item === null ? {} : { item: query.item }),
    mode: query.mode,
    purpose: query.purpose,
    fields,
    ...sets,
    hasCase: query.hasCase,
    hasApplication: query.hasApplication,
    hasOperator: query.hasOperator,
    signed: query.signed,
    subjectIsParty: query.subjectIsParty,
    subjectType: query.subjectType,
    divisions,
    nowMs: query.nowMs,
    hour,
  }
}

/** One decision: the grant as an entity with its terms as attributes, the request as principal and context. */
export function cedarCall(candidate: CandidateView, request: RequestView, shared: Context): CedarCall {
  const resource = uid('Grant', candidate.grant.id)
  const origin =
    candidate.network === null || request.address === null
      ? {}
      : { origin: { address: ip(request.address), network: ip(candidate.network) } }
  return {
    principal: uid('System', request.query.system),
    action: uid('Action', 'read'),
    resource,
    context: { ...shared, asked: candidate.asked, ...origin },
    // Only the grant: principal and member are compared by identity and need no record of their own.
    entities: [{ uid: resource, attrs: grantAttributes(candidate), parents: [] }],
  }
}

function grantAttributes({ grant, ...view }: CandidateView): Record<string, CedarValueJson> {
  const { conditions, consumer } = grant
  return {
    status: grant.status,
    scenario: grant.scenario,
    ...(consumer.kind === 'member'
      ? { consumerMember: reference('Member', consumer.id) }
      : { consumerSystem: reference('System', consumer.id) }),
    fields: grant.fields,
    modes: grant.modes,
    allItems: grant.items === 'all',
    items: grant.items === 'all' ? [] : grant.items,
    purposes: grant.purposes,
    fromMs: view.fromMs,
    untilMs: view.untilMs,
    caseNeeded: conditions.case,
    operatorNeeded: conditions.operator,
    signedNeeded: conditions.signed,
    partyNeeded: conditions.subjectIsParty,
    divisions: conditions.divisions,
    networks: conditions.networks.map(ip),
    ...(conditions.hours === null ? {} : { hours: { from: conditions.hours.from, to: conditions.hours.to } }),
    legalBasis: view.legalBasis,
    specificPurpose: view.specificPurpose,
    approvals: view.approvals,
  }
}
