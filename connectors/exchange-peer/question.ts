import type { Ask } from '../../gateway/client/index.ts'
import type { CallerBlock, Lookup } from '../../gateway/ports/connector.ts'
import { contractBroken } from '../failures.ts'
import type { ExchangePeerConfig } from './config.ts'

const MAX_UNIT = 100

/**
 * The question as the peer will see it: from us, for the department and officer who really ask, over the gateways it
 * came through. Never from the peer's cache: a hop must not hand on what it only remembers.
 *
 * Errors: `provider.contract` when an input the subject is named by is missing, or the question has been at the peer.
 */
export function questionFor(config: ExchangePeerConfig, ownId: string, lookup: Lookup, fields: readonly string[]): Ask {
  const { caller, inputs, subjectType } = lookup
  const via = [...(caller.via ?? []), ownId]
  if (via.includes(config.gatewayId) || caller.via?.includes(ownId)) {
    throw contractBroken(`hop ${config.gatewayId}: the question has been there before`)
  }
  const id = inputs[config.subject.input]
  if (id === undefined) throw contractBroken(`hop ${config.gatewayId}: the subject’s input is missing`)
  const name = config.subject.nameInput === undefined ? undefined : inputs[config.subject.nameInput]
  const keys = Object.entries(config.keys ?? {}).flatMap(([key, input]) =>
    inputs[input] === undefined ? [] : [[key, inputs[input]] as const],
  )
  const item = config.item ?? caller.item?.id
  const onBehalfOf = config.onBehalfOf === 'organisation' ? caller.organisation.id : config.onBehalfOf
  const operator = operatorOf(caller)
  return {
    scenario: config.scenario ?? caller.scenario,
    purpose: config.purpose ?? caller.purpose,
    subject: {
      type: config.subject.type ?? subjectType,
      idType: config.subject.idType,
      id,
      ...(name !== undefined && { name }),
    } as Ask['subject'],
    fields: fields.map((field) => `${config.dataset}.${field}`),
    maxAgeSeconds: 0,
    via,
    ...(item !== undefined && { item }),
    ...(onBehalfOf !== undefined && { onBehalfOf }),
    ...(operator !== undefined && { operator }),
    ...(keys.length > 0 && { keys: Object.fromEntries(keys) }),
    ...caseOf(config, caller),
  }
}

/** The officer keeps number and name; the unit begins with the department, which the peer may not know as a member. */
function operatorOf({ officer, organisation }: CallerBlock): Ask['operator'] {
  if (officer === null) return undefined
  const unit = [organisation.name, officer.unit].filter((part) => part !== null && part !== '').join(' ')
  return {
    id: officer.id,
    ...(officer.name !== null && { name: officer.name }),
    unit: [...unit].slice(0, MAX_UNIT).join(''),
    assurance: 'asserted',
  }
}

function caseOf({ caseAs = 'case' }: ExchangePeerConfig, caller: CallerBlock): Pick<Ask, 'case' | 'application'> {
  if (caller.case === null || caseAs === 'none') return {}
  return caseAs === 'case' ? { case: caller.case } : { application: caller.case }
}
