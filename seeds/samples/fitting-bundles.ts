import {
  BABY,
  COMPANY,
  FATHER,
  GUARDIAN,
  HOME_OWNER,
  HUSBAND,
  LEGAL_REPRESENTATIVE,
  PUPIL,
  WIFE,
} from '../population/cast.ts'
import {
  BANK,
  DEVELOPER,
  DISABLED_CHILD,
  ELDER,
  EXITING,
  FARMER,
  FARMER_WIFE,
  GRADUATE,
  HEIR,
  LATE_RETIREE,
  MANAGER,
  RETIREE,
  WIDOW,
} from '../population/form-cast.ts'
import { company as organisation, person } from './asking.ts'
import type { Fitting } from './fitting-applicants.ts'

/** By bundle (一件事) and its roles. */
export const FITTING_BUNDLES: Readonly<Record<string, Fitting>> = {
  'company-setup': {
    subjects: {
      organisation: organisation(COMPANY),
      legalRepresentative: person(LEGAL_REPRESENTATIVE),
      shareholder: person(FATHER),
      owner: person(HOME_OWNER),
    },
    answers: { site: 'rent', corporate: 'n' },
  },
  'company-exit': {
    subjects: { organisation: organisation(EXITING), legalRepresentative: person(MANAGER) },
    answers: { invoice: 'n', staffLeft: 'n', debt: 'n', pending: 'n', estate: 'n' },
  },
  birth: {
    subjects: { child: person(BABY), mother: person(GUARDIAN), father: person(FATHER) },
    answers: { settle: 'father', aid: 'none' },
  },
  'school-entry': { subjects: { child: person(PUPIL), guardian: person(GUARDIAN) }, answers: { special: 'n' } },
  employment: {
    subjects: { graduate: person(GRADUATE), employer: organisation(COMPANY) },
    answers: { target: 'home' },
  },
  'new-home': {
    subjects: {
      buyer: person(HUSBAND),
      spouse: person(WIFE),
      seller: organisation(DEVELOPER),
      bank: organisation(BANK),
    },
    answers: { pay: 'loan', kids: 'n', share: 'y', form: 'joint' },
  },
  'resale-home': {
    subjects: {
      seller: person(GUARDIAN),
      buyer: person(HUSBAND),
      spouse: person(WIFE),
      coBuyer: person(WIFE),
      lender: organisation(BANK),
    },
    answers: { broker: 'n', order: 'first' },
  },
  marriage: { subjects: { husband: person(HUSBAND), wife: person(WIFE) }, answers: { what: 'marriage' } },
  retirement: { subjects: { retiree: person(RETIREE) } },
  'disability-subsidy': {
    subjects: { disabled: person(DISABLED_CHILD), guardian: person(FARMER_WIFE) },
    answers: { kind: 'renew', other: 'n' },
  },
  hardship: {
    subjects: { applicant: person(FARMER), spouse: person(FARMER_WIFE), member: person(ELDER) },
    answers: { lost: 'n', 'p-097:type': 'disabled' },
  },
  'after-death': {
    subjects: { deceased: person(LATE_RETIREE), heir: person(HEIR), spouse: person(WIDOW) },
    answers: { relation: 'child', loan: 'n', claiming: 'n' },
  },
}
