import { LRUCache } from 'lru-cache'
import type { Decision, DecisionQuery, FieldFacts } from '../policies/engine/types.ts'
import type { DecisionPoint } from './ports/decision-point.ts'

interface Remembered {
  decision: Decision
  /** When it was taken: the clock may step back, and an earlier moment is not covered. */
  takenAtMs: number
}

/**
 * Remembers decisions for exactly the same inputs until the earliest moment they could change (`validUntilMs`).
 *
 * Candidates are not compared one by one: the grant store answers the same grants for the same system, member and
 * scenario at the same authorisation version. So hypothetical candidates
 * (simulation) must be put to the point itself, not to this decorator. Faults are never remembered. Answers are frozen, since
 * several exchanges share them.
 *
 * Units: `max` decisions are kept, the least recently used go first.
 * Source: measured on two shared cores: 2 µs to find one, against 0.3 ms per candidate to take it anew.
 */
export function rememberDecisions(point: DecisionPoint, { max }: { max: number }): DecisionPoint {
  const memory = new LRUCache<string, Remembered>({ max })
  return {
    policyVersion: point.policyVersion,
    decide(query, candidates, facts, authorisationVersion) {
      const key = inputsKey(query, candidates.length, facts, authorisationVersion)
      const known = memory.get(key)
      if (known && known.takenAtMs <= query.nowMs && query.nowMs < known.decision.validUntilMs) return known.decision

      const decision = point.decide(query, candidates, facts, authorisationVersion)
      if (decision.effect === 'forbid' && decision.alarm) return decision
      memory.set(key, { decision: freezeDeep(decision), takenAtMs: query.nowMs })
      return decision
    },
  }
}

/** Everything a decision depends on but the moment. Texts carry their length, so that no two inputs read alike. */
function inputsKey(
  query: DecisionQuery,
  candidates: number,
  facts: readonly FieldFacts[],
  authorisationVersion: bigint,
): string {
  let key = `${authorisationVersion}\0${candidates}\0${flags(query)}\0${query.mode}`
  for (const part of [
    query.subjectType,
    query.system,
    query.member,
    query.scenario,
    query.item,
    query.division,
    query.address,
    query.purpose,
  ]) {
    key += part === null ? '\0-' : `\0${part.length}:${part}`
  }
  for (const field of query.fields) key += `\0${field.length}:${field}`
  key += '\0'
  for (const fact of facts) key += `\0${fact.field.length}:${fact.field}${traits(fact)}`
  return key
}

function flags(query: DecisionQuery): number {
  return (
    (query.hasCase ? 1 : 0) |
    (query.hasApplication ? 2 : 0) |
    (query.hasOperator ? 4 : 0) |
    (query.signed ? 8 : 0) |
    (query.subjectIsParty ? 16 : 0)
  )
}

const CLASSES = { unconditional: 0, conditional: 1, 'not-shared': 2 } as const
function traits(fact: FieldFacts): number {
  return (
    CLASSES[fact.shareClass] |
    (fact.sensitive ? 4 : 0) |
    (fact.personal ? 8 : 0) |
    (fact.signedRequestRequired ? 16 : 0)
  )
}

function freezeDeep<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freezeDeep(member)
  }
  return Object.freeze(value)
}
