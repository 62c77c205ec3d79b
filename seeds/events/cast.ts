import {
  COMPANY,
  COMPANY_IN_ARREARS,
  DEBTOR,
  FATHER,
  GUARDIAN,
  LEGAL_REPRESENTATIVE,
  PENSIONER,
  PUPIL,
} from '../population/cast.ts'
import type { SeedEvent } from './types.ts'
import { handled, moment, organisation, person, single } from './write.ts'

/** Whose birth the stories below tell themselves, father and all; the register's row of it is no second birth. */
export const TOLD_BIRTHS: ReadonlySet<string> = new Set([PUPIL.id])

/** Stories of the cast, beyond what the registers hold: a childhood, a retirement, a company's life. */
export const castEvents = (): SeedEvent[] => [...pupil(), ...pensioner(), ...company(), ...debtor()]

function pupil(): SeedEvent[] {
  const child = person('holder', PUPIL.id)
  const parents = [person('mother', GUARDIAN.id), person('father', FATHER.id)]
  return [
    ...handled({
      system: 'rc-health',
      item: 'rongcheng-p-001',
      key: 'cast-xm-birth',
      day: '20190715',
      days: 1,
      subjects: [child, ...parents],
      certificate: { type: 'weihai-c-020', number: 'T990000101' },
    }),
    ...handled({
      system: 'rc-police',
      item: 'rongcheng-p-003',
      key: 'cast-xm-household',
      day: '20190722',
      days: 1,
      subjects: [person('applicant', PUPIL.id), ...parents],
    }),
    ...handled({
      system: 'rc-medical',
      item: 'rongcheng-p-004',
      key: 'cast-xm-medical',
      day: '20190805',
      days: 2,
      subjects: [person('applicant', PUPIL.id)],
    }),
    ...handled({
      system: 'rc-social',
      item: 'rongcheng-p-005',
      key: 'cast-xm-card',
      day: '20190812',
      days: 10,
      subjects: [child],
      certificate: { type: 'weihai-c-016', number: 'SBK-TEST-0001' },
    }),
    ...handled({
      system: 'rc-enrolment',
      item: 'rongcheng-p-007',
      key: 'cast-xm-preschool',
      day: '20220701',
      days: 12,
      subjects: [person('applicant', PUPIL.id), person('guardian', GUARDIAN.id)],
    }),
    single('rc-medical', {
      eventId: 'cast-xm-visit',
      kind: 'applied',
      item: 'rongcheng-p-089-4',
      application: 'SB-cast-xm-visit',
      occurredAt: moment('20240318', 2),
      subjects: [person('applicant', PUPIL.id)],
    }),
  ]
}

function pensioner(): SeedEvent[] {
  return [
    ...handled({
      system: 'rc-social',
      item: 'rongcheng-p-102',
      key: 'cast-xl-retirement',
      day: '20250402',
      days: 8,
      subjects: [person('applicant', PENSIONER.id)],
    }),
    single('rc-social', {
      eventId: 'cast-xl-pension',
      kind: 'benefit-granted',
      item: 'rongcheng-p-104-2',
      occurredAt: moment('20250515', 1),
      subjects: [person('applicant', PENSIONER.id)],
    }),
    ...handled({
      system: 'rc-social',
      item: 'rongcheng-p-101',
      key: 'cast-xl-card',
      day: '20250520',
      days: 3,
      subjects: [person('holder', PENSIONER.id)],
      certificate: { type: 'weihai-c-022', number: 'LNYD-TEST-0001' },
    }),
  ]
}

function company(): SeedEvent[] {
  const applicant = organisation('applicant', COMPANY.id)
  const holder = organisation('holder', COMPANY.id)
  const legal = person('legalRepresentative', LEGAL_REPRESENTATIVE.id)
  const food = { type: 'weihai-c-034', number: 'SC-TEST-3710820001' }
  return [
    ...handled({
      system: 'rc-tax',
      item: 'rongcheng-e-003',
      key: 'cast-hy-tax',
      day: '19980622',
      days: 1,
      subjects: [applicant],
    }),
    ...handled({
      system: 'rc-social',
      item: 'rongcheng-e-004',
      key: 'cast-hy-social',
      day: '19980625',
      days: 1,
      subjects: [applicant],
    }),
    ...handled({
      system: 'rc-approval',
      item: 'rongcheng-e-009',
      key: 'cast-hy-food',
      day: '20211108',
      days: 14,
      subjects: [holder, legal],
      certificate: { ...food, validUntil: '20261220' },
    }),
    ...handled({
      system: 'rc-approval',
      item: 'rongcheng-e-083',
      key: 'cast-hy-building',
      day: '20260420',
      days: 6,
      subjects: [applicant],
    }),
    ...handled({
      system: 'rc-social',
      item: 'rongcheng-e-058',
      key: 'cast-hy-stability',
      day: '20260608',
      days: 9,
      subjects: [applicant],
    }),
    ...handled({
      system: 'rc-market',
      item: 'rongcheng-e-098-1',
      key: 'cast-hy-change',
      day: '20260817',
      days: 2,
      subjects: [applicant, legal],
    }),
  ]
}

function debtor(): SeedEvent[] {
  return [
    ...handled({
      system: 'rc-tax',
      item: 'rongcheng-e-103',
      key: 'cast-yf-clearance',
      day: '20260706',
      days: 5,
      outcome: 'rejected',
      subjects: [organisation('applicant', COMPANY_IN_ARREARS.id), person('legalRepresentative', DEBTOR.id)],
    }),
    ...handled({
      system: 'rc-market',
      item: 'rongcheng-e-102-1',
      key: 'cast-yf-closing',
      day: '20260714',
      days: 4,
      outcome: 'rejected',
      subjects: [organisation('applicant', COMPANY_IN_ARREARS.id), person('legalRepresentative', DEBTOR.id)],
    }),
  ]
}
