import { citizenNumber, TEST_COUNTY } from './numbers.ts'
import type { Random } from './random.ts'
import type {
  Allowance,
  Birth,
  Death,
  Disability,
  FundAccount,
  Household,
  InsuranceSpell,
  Marriage,
  MedicalInsurance,
  Organisation,
  Person,
  Population,
  Project,
  RealEstate,
  Sex,
  Student,
  TaxState,
  Vehicle,
  Veteran,
} from './types.ts'

/** The population while it grows. Sequences below 100 belong to the cast, so that no generated person takes its numbers. */
export interface Draft extends Population {
  people: Map<string, Person>
  households: Map<string, Household>
  organisations: Map<string, Organisation>
  marriages: Marriage[]
  births: Birth[]
  students: Student[]
  insurance: InsuranceSpell[]
  medical: MedicalInsurance[]
  funds: FundAccount[]
  realEstate: RealEstate[]
  vehicles: Vehicle[]
  disabilities: Disability[]
  allowances: Allowance[]
  taxes: TaxState[]
  veterans: Veteran[]
  projects: Project[]
  deaths: Death[]
}

export function emptyDraft(seed: string, today: string, asOfMonth: string): Draft {
  return {
    seed,
    today,
    asOfMonth,
    people: new Map(),
    households: new Map(),
    organisations: new Map(),
    marriages: [],
    births: [],
    students: [],
    insurance: [],
    medical: [],
    funds: [],
    realEstate: [],
    vehicles: [],
    disabilities: [],
    allowances: [],
    taxes: [],
    veterans: [],
    projects: [],
    deaths: [],
  }
}

/** True of the cast, of whom only what `cast-registers.ts` says is so: nothing random happens to them. */
export const isCast = (idNumber: string): boolean => idNumber.slice(14, 17) < '100'

/** A number nobody in the draft has yet. */
export function freshNumber(draft: Draft, birthDate: string, sex: Sex, random: Random): string {
  for (;;) {
    const sequence = random.int(50, 499) * 2 + (sex === 'male' ? 1 : 0)
    const candidate = citizenNumber(birthDate, sequence)
    if (!draft.people.has(candidate)) return candidate
  }
}

export const ageInYear = (draft: Draft, person: Person): number =>
  Number(draft.today.slice(0, 4)) - Number(person.birthDate.slice(0, 4))

/** 户号: nine digits under the test county. */
export const householdNumber = (serial: number): string => `${TEST_COUNTY}${String(serial).padStart(6, '0')}`
