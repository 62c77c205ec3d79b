import { addCastHouseholds } from './cast-households.ts'
import { addCastCompanies, addCastRegisters } from './cast-registers.ts'
import { addBirths, addMarriages, addStudents, addVeterans } from './civil.ts'
import { addMonths, monthOf } from './dates.ts'
import { emptyDraft } from './draft.ts'
import { addEmployment } from './employment.ts'
import { addFormCompanies, addFormHouseholds, addFormRegisters } from './form-cast-registers.ts'
import { addHousehold } from './households.ts'
import { addBusinessRecords, addOrganisations } from './organisations.ts'
import { addRealEstate, addVehicles } from './property.ts'
import { createRandom } from './random.ts'
import type { Population } from './types.ts'
import { addAllowances, addDisabilities } from './welfare.ts'

export interface PopulationOptions {
  seed: string
  /** `YYYYMMDD` in China time; insured months end with the month before. */
  today: string
  /** At least this many people (a last household is not cut) and exactly this many organisations. */
  people: number
  organisations: number
}

/** Enough for every scene, small enough to be made in well under a second. */
export const DEMO_POPULATION = { seed: 'guanyi', people: 2_400, organisations: 220 } as const

/**
 * A city whose registers agree with each other: spouses are in the marriage register, employees' employers exist,
 * pupils have a guardian in their household, infants a birth record naming their parents.
 *
 * Same options, same city; the cast of `cast.ts` is in every one.
 */
export function generatePopulation(options: PopulationOptions): Population {
  const random = createRandom(options.seed)
  const draft = emptyDraft(options.seed, options.today, addMonths(monthOf(options.today), -1))
  addCastHouseholds(draft)
  addFormHouseholds(draft)
  const homes = random.fork('households')
  while (draft.people.size < options.people) addHousehold(draft, homes)
  addCastCompanies(draft)
  addFormCompanies(draft)
  addOrganisations(draft, random.fork('organisations'), options.organisations)
  addCastRegisters(draft, random.fork('cast'))
  addFormRegisters(draft, random.fork('form cast'))
  addMarriages(draft, random.fork('marriages'))
  addBirths(draft, random.fork('births'))
  addStudents(draft, random.fork('students'))
  addEmployment(draft, random.fork('employment'))
  addVeterans(draft, random.fork('veterans'))
  addDisabilities(draft, random.fork('disabilities'))
  addAllowances(draft, random.fork('allowances'))
  addRealEstate(draft, random.fork('real estate'))
  addVehicles(draft, random.fork('vehicles'))
  addBusinessRecords(draft, random.fork('business'))
  return draft
}

export type { Population } from './types.ts'
