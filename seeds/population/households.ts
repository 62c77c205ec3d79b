import { dateOf, yearOf } from './dates.ts'
import { type Draft, freshNumber, householdNumber } from './draft.ts'
import { familyName, homeAddress, personName, surname } from './names.ts'
import { CITY_DIVISION } from './numbers.ts'
import type { Random } from './random.ts'
import type { Household, Person, Sex } from './types.ts'

/** Codes of `relation-to-householder` (GB/T 4761). */
export const RELATION = {
  head: '02',
  husband: '11',
  wife: '12',
  son: '20',
  daughter: '30',
  father: '51',
  mother: '52',
} as const

interface NewPerson {
  family: string
  sex: Sex
  /** Full years reached in the year of `today`; at least 1, so that nobody is born in the future. */
  age: number
}

/** Registers a person without a household yet. Births depend on the year of `today` only, so numbers hold for a year. */
function newPerson(draft: Draft, random: Random, { family, sex, age }: NewPerson): Person {
  const birthDate = dateOf(yearOf(draft.today) - age, random.int(1, 12), random.int(1, 28))
  const person: Person = {
    idNumber: freshNumber(draft, birthDate, sex, random),
    name: personName(random, family, sex),
    sex,
    birthDate,
    ethnicGroup: random.chance(0.96) ? '01' : random.pick(['03', '10', '11', '15']),
    householdNumber: '',
    relation: RELATION.head,
    spouseId: null,
    fatherId: null,
    motherId: null,
    migratedOn: null,
  }
  draft.people.set(person.idNumber, person)
  return person
}

/** Puts people under one roof; the first is the householder. */
export function settle(draft: Draft, members: readonly Person[], address: string, rural: boolean): Household {
  const number = householdNumber(draft.households.size + 1)
  const head = members[0]
  if (!head) throw new Error('a household needs a member')
  for (const member of members) member.householdNumber = number
  const household: Household = {
    number,
    headId: head.idNumber,
    memberIds: members.map((member) => member.idNumber),
    address,
    division: CITY_DIVISION,
    rural,
  }
  draft.households.set(number, household)
  return household
}

export function wed(husband: Person, wife: Person): void {
  husband.spouseId = wife.idNumber
  wife.spouseId = husband.idNumber
}

function couple(draft: Draft, random: Random, age: number): [Person, Person] {
  const husband = newPerson(draft, random, { family: surname(random), sex: 'male', age })
  const wife = newPerson(draft, random, {
    family: surname(random),
    sex: 'female',
    age: Math.max(22, age - random.int(0, 4)),
  })
  wife.relation = RELATION.wife
  wed(husband, wife)
  return [husband, wife]
}

function children(draft: Draft, random: Random, father: Person | null, mother: Person): Person[] {
  const motherAge = yearOf(draft.today) - yearOf(mother.birthDate)
  const born: Person[] = []
  let age = motherAge - random.int(22, 32)
  for (let count = random.int(0, 2); count > 0 && age >= 1; count--) {
    if (age <= 22) {
      const sex = random.chance(0.5) ? 'male' : 'female'
      const child = newPerson(draft, random, { family: familyName((father ?? mother).name), sex, age })
      child.fatherId = father?.idNumber ?? null
      child.motherId = mother.idNumber
      child.relation = sex === 'male' ? RELATION.son : RELATION.daughter
      born.push(child)
    }
    age -= random.int(2, 5)
  }
  return born
}

/** One household of a random kind. */
export function addHousehold(draft: Draft, random: Random): void {
  const roll = random.next()
  const members: Person[] = []
  if (roll < 0.5) {
    const [husband, wife] = couple(draft, random, random.int(25, 54))
    members.push(husband, wife, ...children(draft, random, husband, wife))
  } else if (roll < 0.65) {
    members.push(...couple(draft, random, random.int(60, 85)))
  } else if (roll < 0.8) {
    const [husband, wife] = couple(draft, random, random.int(28, 48))
    const [grandfather, grandmother] = couple(
      draft,
      random,
      yearOf(draft.today) - yearOf(husband.birthDate) + random.int(22, 30),
    )
    husband.fatherId = grandfather.idNumber
    husband.motherId = grandmother.idNumber
    grandfather.relation = RELATION.father
    grandmother.relation = RELATION.mother
    members.push(husband, wife, ...children(draft, random, husband, wife), grandfather, grandmother)
  } else if (roll < 0.9) {
    const sex = random.chance(0.5) ? 'male' : 'female'
    members.push(newPerson(draft, random, { family: surname(random), sex, age: random.int(20, 80) }))
  } else {
    const mother = newPerson(draft, random, { family: surname(random), sex: 'female', age: random.int(26, 50) })
    members.push(mother, ...children(draft, random, null, mother))
  }
  if (random.chance(0.12)) {
    // Moved in from elsewhere, after everyone's birth and not after last year.
    const year = Math.max(...members.map((member) => yearOf(member.birthDate)))
    const moved = dateOf(
      random.int(Math.min(year + 1, yearOf(draft.today) - 1), yearOf(draft.today) - 1),
      random.int(1, 12),
      random.int(1, 28),
    )
    for (const member of members) if (member.birthDate < moved) member.migratedOn = moved
  }
  settle(draft, members, homeAddress(random), random.chance(0.4))
}
