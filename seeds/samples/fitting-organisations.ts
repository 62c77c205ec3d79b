import type { Subject } from '../../gateway/exchange.ts'
import { COMPANY, FATHER, HOME_OWNER, HUSBAND, LEGAL_REPRESENTATIVE, PROJECT } from '../population/cast.ts'
import {
  BANK,
  BRANCH,
  BUILDER,
  CLINIC,
  DOCTOR,
  EXITING,
  MANAGER,
  PHARMACIST,
  PHARMACY,
} from '../population/form-cast.ts'
import { company as organisation, person } from './asking.ts'
import type { Fitting } from './fitting-applicants.ts'

const company = { subject: organisation(COMPANY) }
const represented = { ...company, legalRepresentative: person(LEGAL_REPRESENTATIVE) }
const pharmacy = { subject: organisation(PHARMACY), legalRepresentative: person(PHARMACIST) }
const exiting = { subject: organisation(EXITING) }
const employing = { ...company, employee: person(FATHER) }
const investing: Record<string, Subject> = {
  subject: { type: 'project', idType: 'project-code', id: PROJECT.code },
  owner: organisation(COMPANY),
}
const building = { ...investing, builder: organisation(BUILDER) }

/** Organisations' life: 海韵水产 in most scenes, others where a licence, a profession or an end is needed. */
export const FITTING_ORGANISATIONS: Readonly<Record<string, Fitting>> = {
  'e-001-1': {
    subjects: {
      subject: person(LEGAL_REPRESENTATIVE),
      shareholder: person(FATHER),
      investor: organisation(COMPANY),
      owner: person(HOME_OWNER),
    },
    answers: { site: 'rent' },
  },
  'e-002': { subjects: represented },
  'e-003': { subjects: pharmacy },
  'e-004': { subjects: represented },
  'e-005': { subjects: company },
  'e-006': { subjects: company },
  'e-007': { subjects: pharmacy },
  'e-009': { subjects: represented, answers: { type: 'extend' } },
  'e-013': { subjects: represented },
  'e-014': { subjects: represented },
  'e-015': { subjects: represented, answers: { type: 'extend' } },
  'e-016': { subjects: represented, answers: { care: 'none' } },
  'e-017': {
    subjects: { ...pharmacy, pharmacist: person(PHARMACIST) },
    answers: { type: 'renew' },
  },
  'e-021': { subjects: { ...represented, driver: person(HUSBAND) } },
  'e-028': {
    subjects: { subject: organisation(CLINIC), legalRepresentative: person(DOCTOR), physician: person(DOCTOR) },
  },
  'e-032': { subjects: represented },
  'e-038-1': { subjects: employing },
  'e-045-1': { subjects: employing },
  'e-047': { subjects: company },
  'e-053-3': { subjects: { ...represented, bank: organisation(BANK) } },
  'e-054-1': { subjects: company },
  'e-058': { subjects: company },
  'e-059-4': { subjects: { ...company, employee: person(HUSBAND) } },
  'e-063': { subjects: investing },
  'e-064': { subjects: investing },
  'e-067': { subjects: investing },
  'e-072': { subjects: investing },
  'e-075': { subjects: investing },
  'e-083': { subjects: building },
  'e-088': { subjects: building },
  'e-093': { subjects: company },
  'e-098-1': { subjects: { ...pharmacy, newLegal: person(FATHER) }, answers: { what: 'legal' } },
  'e-099': { subjects: company, answers: { what: 'legal' } },
  'e-101': { subjects: company, answers: { what: 'legal' } },
  'e-102-1': {
    subjects: { ...exiting, legalRepresentative: person(MANAGER) },
    answers: { estate: 'n' },
    without: { vCount: '名下没有机动车登记' },
  },
  'e-102-4': { subjects: { subject: organisation(BRANCH), parent: organisation(COMPANY) } },
  'e-103': { subjects: represented, answers: { invoice: 'n' } },
  'e-104': { subjects: exiting, answers: { staffLeft: 'n', debt: 'n' } },
  'e-105': { subjects: exiting },
  'e-106': { subjects: exiting, answers: { pending: 'n' } },
  'e-107': { subjects: { ...exiting, legalRepresentative: person(MANAGER) } },
}
