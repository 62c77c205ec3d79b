import { addYears, dateOf, earlier, yearOf } from './dates.ts'
import { ageInYear, type Draft, isCast } from './draft.ts'
import type { Random } from './random.ts'
import type { Allowance, Disability, Household, Person } from './types.ts'

/** 残疾人证号: the holder's number, one digit for the kind, one for the grade. */
export function certify(
  draft: Draft,
  person: Person,
  kind: Disability['kind'],
  grade: Disability['grade'],
  issuedOn: string,
  guardianId: string | null,
): void {
  draft.disabilities.push({
    personId: person.idNumber,
    certificate: `${person.idNumber}${kind}${grade}`,
    kind,
    grade,
    issuedOn,
    validUntil: addYears(issuedOn, 10),
    guardianId,
  })
}

export function addDisabilities(draft: Draft, random: Random): void {
  for (const person of draft.people.values()) {
    if (isCast(person.idNumber) || !random.chance(0.025)) continue
    const year = Math.max(yearOf(draft.today) - random.int(1, 9), yearOf(person.birthDate) + 1)
    const issuedOn = earlier(dateOf(year, random.int(1, 12), random.int(1, 28)), draft.today)
    const minor = ageInYear(draft, person) < 18
    certify(
      draft,
      person,
      random.pick(['1', '2', '3', '4', '5', '6', '7']),
      random.pick(['1', '2', '3', '4']),
      issuedOn,
      minor ? person.motherId : null,
    )
  }
}

export function grantAllowance(
  draft: Draft,
  household: Household,
  approvedOn: string,
  details: Pick<Allowance, 'kind' | 'monthlyAmount' | 'cause'>,
): void {
  draft.allowances.push({
    familyNumber: `371082DB${String(draft.allowances.length + 1).padStart(6, '0')}`,
    headId: household.headId,
    memberIds: [...household.memberIds],
    approvedOn,
    reviewBy: dateOf(yearOf(draft.today), 12, 31),
    ...details,
  })
}

/** Minimum living allowance: a few households without any booked wages. */
export function addAllowances(draft: Draft, random: Random): void {
  const earning = new Set(draft.insurance.map((spell) => spell.personId))
  for (const household of draft.households.values()) {
    if (isCast(household.headId) || household.memberIds.some((id) => earning.has(id)) || !random.chance(0.1)) continue
    const kind = household.rural ? '2' : '1'
    const perHead = kind === '1' ? 110_000 : 95_000
    const approvedOn = dateOf(yearOf(draft.today) - random.int(1, 5), random.int(1, 12), 1)
    const newest = household.memberIds
      .map((id) => draft.people.get(id)!.birthDate)
      .sort()
      .at(-1)!
    if (newest > approvedOn) continue
    grantAllowance(draft, household, approvedOn, {
      kind,
      monthlyAmount: perHead * household.memberIds.length - random.int(0, 300) * 100,
      cause: random.pick(['1', '2', '3']),
    })
  }
}
