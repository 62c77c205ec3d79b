/**
 * The synthetic city as one consistent whole. Every register of the sample providers is a view of this; dates are
 * `YYYYMMDD`, months `YYYYMM`, money integer fen, identifiers strings.
 */
export type Sex = 'male' | 'female'

export interface Person {
  idNumber: string
  name: string
  sex: Sex
  birthDate: string
  /** GB/T 3304 numeric code, `01` = 汉族. */
  ethnicGroup: string
  householdNumber: string
  /** Code list `householder-relations`. */
  relation: string
  spouseId: string | null
  fatherId: string | null
  motherId: string | null
  migratedOn: string | null
}

export interface Household {
  number: string
  headId: string
  memberIds: string[]
  address: string
  division: string
  /** Lives in a village: other allowances, other medical tariffs. */
  rural: boolean
}

export type OrganisationKind = 'company' | 'sole-trader' | 'cooperative' | 'school' | 'hospital'

export interface Organisation {
  uscc: string
  name: string
  kind: OrganisationKind
  legalRepresentativeId: string
  address: string
  scope: string
  establishedOn: string
  termUntil: string | null
  registeredCapital: number
  /** Code list `registration-states`: 1 = 存续, 4 = 注销. */
  status: '1' | '4'
  cancelledOn: string | null
}

/** An unbroken time of paying in through one employer; `to` included. */
export interface InsuranceSpell {
  personId: string
  employerUscc: string
  from: string
  to: string
  base: number
  /** Codes of `insurance-kinds`. */
  kinds: string[]
  /** Months inside the spell that are owed, not paid. */
  unpaid: string[]
}

export interface MedicalInsurance {
  personId: string
  /** Code list `medical-insurance-kinds`: 310 employees, 390 residents. */
  kind: '310' | '390'
  state: '1' | '2'
  insuredSince: string
  paidUntil: string
  employerUscc: string | null
  accountBalance: number
  chronicDisease: boolean
}

export interface FundAccount {
  personId: string
  account: string
  employerUscc: string
  openedOn: string
  /** Code list `fund-account-states`: 01 = 正常, 02 = 封存. */
  state: '01' | '02'
  base: number
  /** Share of each side in thousandths. */
  ratio: number
  from: string
  to: string
  balance: number
  loanActive: boolean
}

export interface Marriage {
  certificate: string
  husbandId: string
  wifeId: string
  registeredOn: string
  /** Code list `marriage-registration-kinds`. */
  kind: 'marriage' | 'divorce'
}

export interface RealEstate {
  unit: string
  certificate: string
  /** One or two owners; person numbers or unified codes. */
  ownerIds: string[]
  location: string
  /** Square metres with two decimals. */
  area: string
  /** Code list `real-estate-uses`; 10 = 住宅. */
  usage: string
  registeredOn: string
  /** Code list `co-ownership-kinds`: 0 = 单独所有, 1 = 共同共有. */
  ownership: '0' | '1'
  mortgaged: boolean
  sealed: boolean
}

export interface Vehicle {
  plate: string
  vin: string
  ownerId: string
  model: string
  /** Code list `vehicle-types`. */
  type: string
  /** Code list `vehicle-uses`: A = 非营运, F = 货运. */
  use: 'A' | 'F'
  registeredOn: string
  inspectedUntil: string
  insuredUntil: string
  state: 'A' | 'E'
  mortgaged: boolean
}

export interface Student {
  personId: string
  number: string
  schoolUscc: string
  /** Code list `school-stages`. */
  stage: 'primary' | 'junior' | 'senior'
  grade: number
  className: string
  enrolledOn: string
  guardianId: string
  boarding: boolean
}

export interface Disability {
  personId: string
  certificate: string
  kind: '1' | '2' | '3' | '4' | '5' | '6' | '7'
  grade: '1' | '2' | '3' | '4'
  issuedOn: string
  validUntil: string
  guardianId: string | null
}

export interface Allowance {
  familyNumber: string
  headId: string
  memberIds: string[]
  kind: '1' | '2'
  monthlyAmount: number
  approvedOn: string
  reviewBy: string
  cause: string
}

export interface TaxState {
  uscc: string
  kind: '1' | '2'
  credit: 'A' | 'B' | 'C' | 'D' | 'M'
  registeredOn: string
  state: '03' | '07'
  arrears: number
  filedUntil: string
}

export interface Birth {
  certificate: string
  childId: string
  motherId: string
  fatherId: string | null
  hospitalUscc: string
  bornOn: string
  issuedOn: string
  weeks: number
  weight: number
}

export interface Veteran {
  personId: string
  certificate: string
  enlistedOn: string
  dischargedOn: string
  /** Code list `veteran-placement-kinds`. */
  placement: '1' | '2' | '3'
  disabilityGrade: string | null
}

/** A death: what the hospital, the crematorium and the police have certified. */
export interface Death {
  personId: string
  diedOn: string
  crematedOn: string
  /** `null`: still in the household register. */
  cancelledOn: string | null
}

/** An investment project (投资项目在线审批监管平台). */
export interface Project {
  code: string
  name: string
  ownerUscc: string
  kind: '1' | '2' | '3'
  industry: string
  location: string
  investment: number
  filedOn: string
  state: '1' | '2' | '3'
}

export interface Population {
  seed: string
  today: string
  /** The last month whose contributions are booked: the one before `today`'s. */
  asOfMonth: string
  people: ReadonlyMap<string, Person>
  households: ReadonlyMap<string, Household>
  organisations: ReadonlyMap<string, Organisation>
  marriages: readonly Marriage[]
  births: readonly Birth[]
  students: readonly Student[]
  insurance: readonly InsuranceSpell[]
  medical: readonly MedicalInsurance[]
  funds: readonly FundAccount[]
  realEstate: readonly RealEstate[]
  vehicles: readonly Vehicle[]
  disabilities: readonly Disability[]
  allowances: readonly Allowance[]
  taxes: readonly TaxState[]
  veterans: readonly Veteran[]
  projects: readonly Project[]
  deaths: readonly Death[]
}
