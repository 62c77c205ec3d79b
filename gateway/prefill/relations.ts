import type { FormRole, RelationCheck } from '../catalog/further-types.ts'
import type { Subject } from '../exchange.ts'
import { type Reading, valuesOf } from './reading.ts'
import type { Relation } from './types.ts'

/**
 * Whether the bearers are to the form what the request says they are, by role; roles without a relation are left out.
 * Any one check that holds proves it. Not granted, not found and not so come to the same `not-proven`.
 */
export function settleRelations(
  roles: readonly FormRole[],
  subjects: Readonly<Record<string, Subject>>,
  read: (name: string) => Reading,
): Map<string, Relation> {
  return new Map(
    roles
      .filter(({ id, relation }) => relation !== undefined && relation.length > 0 && Object.hasOwn(subjects, id))
      .map(({ id, relation }) => [id, settle(relation!, subjects, read)]),
  )
}

function settle(checks: RelationCheck[], subjects: Readonly<Record<string, Subject>>, read: (name: string) => Reading) {
  const results = checks.map((check): Relation => {
    const reading = read(check.field)
    if (!reading.ok) return reading.empty === 'unavailable' ? 'unavailable' : 'not-proven'
    return holds(check, reading) ? 'proven' : 'not-proven'
  })
  return results.find((each) => each === 'proven') ?? results.find((each) => each === 'unavailable') ?? 'not-proven'

  function holds(check: RelationCheck, reading: Reading): boolean {
    const values = valuesOf(reading)
    if ('is' in check) return values.some((value) => value === check.is)
    if ('sameAs' in check) {
      const others = valuesOf(read(check.sameAs))
      return values.some((value) => others.includes(value))
    }
    const bearer = Object.hasOwn(subjects, check.id) ? subjects[check.id] : undefined
    return bearer !== undefined && values.some((value) => String(value).toUpperCase() === bearer.id.toUpperCase())
  }
}
