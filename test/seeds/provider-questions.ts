import * as cast from '../../seeds/population/cast.ts'
import { DEMO_POPULATION, generatePopulation } from '../../seeds/population/index.ts'

/** What the sample providers are asked, and what they must say. */

export const city = generatePopulation({ ...DEMO_POPULATION, today: '20261120' })

export const couple = (one: { id: string; name: string }, other: { id: string; name: string }) => ({
  idNumber: one.id,
  name: one.name,
  spouseIdNumber: other.id,
  spouseName: other.name,
})

/** Per dataset: a question that is answered, how many rows, what the first holds; and one about somebody unknown. */
export const QUESTIONS: [
  dataset: string,
  inputs: Record<string, string>,
  rows: number,
  first: object,
  unknown: Record<string, string>,
][] = [
  [
    'household-registration',
    { idNumber: cast.PUPIL.id, name: cast.PUPIL.name },
    1,
    {
      name: cast.PUPIL.name,
      sex: '1',
      birthDate: '20190712',
      householder: cast.FATHER.name,
      relationToHouseholder: '20',
      migrationDate: null,
    },
    { idNumber: cast.NOBODY.id },
  ],
  [
    'motor-vehicle',
    { ownerId: cast.HOME_OWNER.id, idKind: 'resident-id' },
    2,
    { state: 'A', mortgaged: false, registeredOn: '20180509' },
    { ownerId: cast.NOBODY.id, idKind: 'resident-id' },
  ],
  [
    'motor-vehicle',
    { ownerId: cast.FAMILY_CAR.plate, idKind: 'plate' },
    1,
    { vin: cast.FAMILY_CAR.vin, ownerName: cast.FATHER.name },
    { ownerId: '鲁KCSZ99', idKind: 'plate' },
  ],
  [
    'social-insurance',
    { idNumber: cast.HUSBAND.id },
    36,
    {
      kind: '110',
      month: '202610',
      base: 650_000,
      personalAmount: 52_000,
      paidState: '1',
      employerUscc: cast.COMPANY.id,
    },
    { idNumber: cast.NOBODY.id },
  ],
  [
    'medical-insurance',
    { idNumber: cast.PUPIL.id },
    1,
    {
      insuranceKind: '390',
      state: '1',
      employerUscc: null,
      accountBalance: 0,
      chronicDisease: false,
      paidUntil: '202612',
    },
    { idNumber: cast.NOBODY.id },
  ],
  [
    'housing-provident-fund',
    { idNumber: cast.HUSBAND.id },
    12,
    { month: '202610', accountState: '01', monthlyAmount: 104_000, ratio: 80, loanActive: false },
    { idNumber: cast.NOBODY.id },
  ],
  [
    'marriage-registration',
    couple(cast.WIFE, cast.HUSBAND),
    1,
    {
      registrationKind: 'marriage',
      registeredOn: '20240520',
      husbandIdNumber: cast.HUSBAND.id,
      wifeName: cast.WIFE.name,
    },
    couple(cast.WIFE, cast.FATHER),
  ],
  [
    'real-estate',
    { ownerId: cast.GUARDIAN.id, unitNo: cast.GUARDIAN_HOME.unit },
    1,
    { certificateNo: cast.GUARDIAN_HOME.certificate, area: '108.36', mortgaged: true, registeredOn: '20190305' },
    { ownerId: cast.GUARDIAN.id, unitNo: '371082001001GB09999F00010001' },
  ],
  ['real-estate', { ownerId: cast.HOME_OWNER.id }, 5, { usage: '10', mortgaged: false }, { ownerId: cast.HUSBAND.id }],
  [
    'real-estate',
    { ownerId: cast.GUARDIAN_HOME.unit },
    1,
    { owners: `${cast.GUARDIAN.name}、${cast.FATHER.name}` },
    { ownerId: '371082001001GB09999F00010001' },
  ],
  [
    'student-record',
    { idNumber: cast.PUPIL.id },
    1,
    { school: cast.SCHOOL.name, stage: 'primary', guardianIdNumber: cast.GUARDIAN.id, state: '1' },
    { idNumber: cast.BABY.id },
  ],
  [
    'disability-certificate',
    { idNumber: cast.DISABLED.id },
    1,
    { disabilityKind: '4', disabilityGrade: '2', issuedOn: '20210609', guardianName: null },
    { idNumber: cast.FATHER.id },
  ],
  [
    'minimum-living-allowance',
    { idNumber: cast.ALLOWANCE_RECEIVER.id },
    1,
    { kind: '2', monthlyAmount: 92_000, approvedOn: '20230401', state: '1' },
    { idNumber: cast.FATHER.id },
  ],
  [
    'business-licence',
    { uscc: cast.COMPANY.id },
    1,
    {
      name: cast.COMPANY.name,
      legalRepresentative: cast.LEGAL_REPRESENTATIVE.name,
      registeredCapital: 1_000_000_000,
      status: '1',
      termUntil: null,
    },
    { uscc: cast.NO_COMPANY.id },
  ],
  [
    'tax-status',
    { uscc: cast.COMPANY_IN_ARREARS.id },
    1,
    { arrears: 1_280_050, state: '03', creditGrade: 'C', latestFilingPeriod: '202608' },
    { uscc: cast.NO_COMPANY.id },
  ],
  [
    'birth-record',
    { idNumber: cast.BABY.birthCertificate },
    1,
    {
      childName: cast.BABY.name,
      sex: '2',
      motherIdNumber: cast.GUARDIAN.id,
      fatherName: cast.FATHER.name,
      birthWeight: 3250,
    },
    { idNumber: cast.NOBODY.id },
  ],
  [
    'veteran-record',
    { idNumber: cast.VETERAN.id },
    1,
    { dischargedOn: '20171201', placementKind: '1', militaryDisabilityGrade: null },
    { idNumber: cast.FATHER.id },
  ],
  [
    'investment-project',
    { projectCode: cast.PROJECT.code },
    1,
    { name: cast.PROJECT.name, ownerUscc: cast.COMPANY.id, investment: 5_800_000_000 },
    { projectCode: cast.NO_PROJECT.code },
  ],
]

export const DERIVED: [field: string, inputs: Record<string, string>, value: unknown][] = [
  ['household-registration.age', { idNumber: cast.PUPIL.id }, 7],
  ['social-insurance.consecutive12Months', { idNumber: cast.HUSBAND.id }, true],
  ['social-insurance.consecutive12Months', { idNumber: cast.WIFE.id }, false],
  ['social-insurance.monthsPaid', { idNumber: cast.WIFE.id }, 20],
  ['social-insurance.monthsPaid', { idNumber: cast.PENSIONER.id }, 240],
  ['social-insurance.latestMonth', { idNumber: cast.FATHER.id }, '202610'],
  ['housing-provident-fund.consecutive12Months', { idNumber: cast.HUSBAND.id }, true],
  ['housing-provident-fund.totalDeposited', { idNumber: cast.HUSBAND.id }, 1_248_000],
  ['medical-insurance.insured', { idNumber: cast.PENSIONER.id }, false],
  ['marriage-registration.married', couple(cast.FATHER, cast.GUARDIAN), true],
  ['real-estate.housingCount', { ownerId: cast.HOME_OWNER.id }, 3],
  ['real-estate.ownsHousing', { ownerId: cast.HOME_OWNER.id }, true],
  ['motor-vehicle.vehicleCount', { ownerId: cast.HOME_OWNER.id, idKind: 'resident-id' }, 2],
  ['student-record.enrolled', { idNumber: cast.PUPIL.id }, true],
  ['disability-certificate.severe', { idNumber: cast.DISABLED.id }, true],
  ['minimum-living-allowance.receiving', { idNumber: cast.ALLOWANCE_RECEIVER.id }, true],
  ['business-licence.operating', { uscc: cast.COMPANY.id }, true],
  ['tax-status.noArrears', { uscc: cast.COMPANY.id }, true],
  ['tax-status.noArrears', { uscc: cast.COMPANY_IN_ARREARS.id }, false],
  ['veteran-record.veteran', { idNumber: cast.VETERAN.id }, true],
]
