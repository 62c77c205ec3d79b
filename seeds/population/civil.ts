import { addYears, dateOf, earlier, yearOf } from './dates.ts'
import { ageInYear, type Draft, isCast } from './draft.ts'
import { birthCertificateNumber } from './numbers.ts'
import type { Random } from './random.ts'
import type { Person, Student } from './types.ts'

/** The marriage register: every couple of the household register, and some marriages that ended. */
export function addMarriages(draft: Draft, random: Random): void {
  const known = new Set(draft.marriages.map((marriage) => marriage.husbandId))
  for (const husband of draft.people.values()) {
    if (husband.sex !== 'male' || !husband.spouseId || known.has(husband.idNumber)) continue
    const wife = draft.people.get(husband.spouseId)!
    const ofAge = Math.max(yearOf(husband.birthDate) + 22, yearOf(wife.birthDate) + 20)
    const year = Math.min(ofAge + random.int(0, 6), yearOf(draft.today) - 1)
    recordMarriage(draft, husband, wife, dateOf(year, random.int(1, 12), random.int(1, 28)))
  }
}

export function recordMarriage(draft: Draft, husband: Person, wife: Person, registeredOn: string): void {
  const serial = String(draft.marriages.length + 1).padStart(6, '0')
  draft.marriages.push({
    certificate: `J371082-${registeredOn.slice(0, 4)}-${serial}`,
    husbandId: husband.idNumber,
    wifeId: wife.idNumber,
    registeredOn,
    kind: 'marriage',
  })
}

/** Birth certificates of children of the last six years whose mother is known. */
export function addBirths(draft: Draft, random: Random): void {
  const hospitals = [...draft.organisations.values()].filter((organisation) => organisation.kind === 'hospital')
  const known = new Set(draft.births.map((birth) => birth.childId))
  let serial = 100
  for (const child of draft.people.values()) {
    if (!child.motherId || ageInYear(draft, child) > 6 || known.has(child.idNumber)) continue
    draft.births.push({
      certificate: birthCertificateNumber(serial++),
      childId: child.idNumber,
      motherId: child.motherId,
      fatherId: child.fatherId,
      hospitalUscc: random.pick(hospitals).uscc,
      bornOn: child.birthDate,
      issuedOn: dateOf(
        yearOf(child.birthDate),
        Number(child.birthDate.slice(4, 6)),
        Number(child.birthDate.slice(6, 8)) + 3,
      ),
      weeks: random.int(36, 41),
      weight: random.int(2500, 4200),
    })
  }
}

/** School stage by full years at 31 August: six years of primary, three of junior, three of senior school. */
const STAGES: { stage: Student['stage']; from: number; grades: number; school: number[] }[] = [
  { stage: 'primary', from: 6, grades: 6, school: [0, 1, 2] },
  { stage: 'junior', from: 12, grades: 3, school: [3, 4] },
  { stage: 'senior', from: 15, grades: 3, school: [5, 6] },
]

/** The school year that runs on `today`: the calendar year of its first of September. */
const schoolYear = (today: string): number => yearOf(today) - (today.slice(4) < '0901' ? 1 : 0)

/** Enrols a child in the class its age calls for; does nothing for those too young or grown. */
export function enrol(draft: Draft, child: Person, guardianId: string, random: Random, schoolUscc?: string): void {
  const schools = [...draft.organisations.values()].filter((organisation) => organisation.kind === 'school')
  const started = schoolYear(draft.today)
  const age = started - yearOf(child.birthDate) - (child.birthDate.slice(4) > '0831' ? 1 : 0)
  const stage = STAGES.find((candidate) => age >= candidate.from && age < candidate.from + candidate.grades)
  if (!stage) return
  const grade = age - stage.from + 1
  draft.students.push({
    personId: child.idNumber,
    number: `G${child.idNumber}`,
    schoolUscc: schoolUscc ?? schools[random.pick(stage.school)]!.uscc,
    stage: stage.stage,
    grade,
    className: `${grade}年级${random.int(1, 8)}班`,
    enrolledOn: dateOf(started - grade + 1, 9, 1),
    guardianId,
    boarding: stage.stage !== 'primary' && random.chance(0.4),
  })
}

/** Pupils; the guardian is a parent in the same household. */
export function addStudents(draft: Draft, random: Random): void {
  const known = new Set(draft.students.map((student) => student.personId))
  for (const child of draft.people.values()) {
    if (known.has(child.idNumber) || !child.motherId) continue
    const mother = draft.people.get(child.motherId)!
    if (mother.householdNumber !== child.householdNumber) continue
    const father = child.fatherId ? draft.people.get(child.fatherId) : undefined
    const guardian = father && random.chance(0.4) ? father : mother
    enrol(draft, child, guardian.idNumber, random)
  }
}

export function addVeterans(draft: Draft, random: Random): void {
  for (const person of draft.people.values()) {
    const age = ageInYear(draft, person)
    if (person.sex !== 'male' || age < 24 || age > 70 || isCast(person.idNumber) || !random.chance(0.04)) continue
    const enlistedOn = dateOf(yearOf(person.birthDate) + 19, 9, 1)
    const dischargedOn = earlier(
      addYears(enlistedOn, random.pick([2, 2, 5, 12])),
      dateOf(yearOf(draft.today) - 1, 12, 1),
    )
    draft.veterans.push({
      personId: person.idNumber,
      certificate: `鲁军退优${String(900_000 + draft.veterans.length)}`,
      enlistedOn,
      dischargedOn,
      placement: dischargedOn.slice(0, 4) > addYears(enlistedOn, 11).slice(0, 4) ? '2' : '1',
      disabilityGrade: random.chance(0.05) ? random.pick(['7', '8', '9', '10']) : null,
    })
  }
}
