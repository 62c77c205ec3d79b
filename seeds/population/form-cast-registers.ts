import { COMPANY, HOSPITAL, SCHOOL } from './cast.ts'
import { enter } from './cast-households.ts'
import { enrol, recordMarriage } from './civil.ts'
import { addMonths } from './dates.ts'
import type { Draft } from './draft.ts'
import { addResidentsInsurance, employ } from './employment.ts'
import * as cast from './form-cast.ts'
import { RELATION, settle, wed } from './households.ts'
import { realEstateUnit } from './numbers.ts'
import { certificateNumber } from './property.ts'
import type { Random } from './random.ts'
import type { Organisation, Person } from './types.ts'
import { certify, grantAllowance } from './welfare.ts'

type Member = { id: string; name: string }

/** After the households of the scenes, whose numbers are known. */
export function addFormHouseholds(draft: Draft): void {
  const farmer = enter(draft, cast.FARMER)
  const farmerWife = enter(draft, cast.FARMER_WIFE, RELATION.wife)
  const elder = enter(draft, cast.ELDER, RELATION.mother)
  const children = [
    enter(draft, cast.SENIOR_PUPIL, RELATION.daughter),
    enter(draft, cast.JUNIOR_PUPIL, RELATION.son),
    enter(draft, cast.DISABLED_CHILD, RELATION.son),
    enter(draft, cast.KINDERGARTNER, RELATION.daughter),
  ]
  wed(farmer, farmerWife)
  farmer.motherId = elder.idNumber
  for (const child of children) Object.assign(child, { fatherId: cast.FARMER.id, motherId: cast.FARMER_WIFE.id })
  settle(draft, [farmer, farmerWife, ...children, elder], '山东省荣成市虎山镇测试街16号', true)

  const retired = enter(draft, cast.LATE_RETIREE)
  const widow = enter(draft, cast.WIDOW, RELATION.wife)
  const heir = enter(draft, cast.HEIR, RELATION.son)
  wed(retired, widow)
  Object.assign(heir, { fatherId: retired.idNumber, motherId: widow.idNumber })
  settle(draft, [retired, widow, heir], '山东省荣成市崖头街道测试路21号测试花园3号楼1单元501室', false)

  const worker = enter(draft, cast.LATE_WORKER)
  const workerWidow = enter(draft, cast.WORKER_WIDOW, RELATION.wife)
  wed(worker, workerWidow)
  settle(draft, [worker, workerWidow], '山东省荣成市人和镇测试路22号测试苑6号楼2单元301室', false)

  const alone: [Member, string][] = [
    [cast.RETIREE, '山东省荣成市崖头街道测试路23号测试小区1号楼2单元201室'],
    [cast.JOBLESS, '山东省荣成市崂山街道测试街24号测试小区4号楼1单元602室'],
    [cast.GRADUATE, '山东省荣成市寻山街道测试大道25号测试家园6号楼1单元401室'],
    [cast.DOCTOR, '山东省荣成市崖头街道测试路26号测试花园7号楼2单元202室'],
    [cast.PHARMACIST, '山东省荣成市崖头街道测试路27号测试花园8号楼1单元302室'],
    [cast.MANAGER, '山东省荣成市石岛管理区测试路28号测试花园2号楼1单元701室'],
  ]
  for (const [member, address] of alone) settle(draft, [enter(draft, member)], address, false)
}

const COMPANIES: readonly { is: Member; head: Member; scope: string; address: string; capital: number; left?: true }[] =
  [
    {
      is: cast.EXITING,
      head: cast.MANAGER,
      scope: '渔具销售',
      address: '测试路301号',
      capital: 50_000_000,
      left: true,
    },
    { is: cast.BRANCH, head: cast.MANAGER, scope: '水产品批发', address: '测试路302号', capital: 0, left: true },
    { is: cast.DEVELOPER, head: cast.MANAGER, scope: '房地产开发经营', address: '测试路303号', capital: 8_000_000_000 },
    { is: cast.BUILDER, head: cast.MANAGER, scope: '建筑工程施工', address: '测试路304号', capital: 4_000_000_000 },
    { is: cast.BANK, head: cast.MANAGER, scope: '吸收存款；发放贷款', address: '测试路305号', capital: 0 },
    { is: cast.CLINIC, head: cast.DOCTOR, scope: '诊所服务', address: '测试路306号', capital: 100_000_000 },
    { is: cast.PHARMACY, head: cast.PHARMACIST, scope: '药品经营', address: '测试路307号', capital: 50_000_000 },
  ]

/** With the cast's other companies, before all others. */
export function addFormCompanies(draft: Draft): void {
  for (const { is, head, scope, address, capital, left } of COMPANIES) {
    draft.organisations.set(is.id, {
      uscc: is.id,
      name: is.name,
      kind: 'company',
      legalRepresentativeId: head.id,
      address: `山东省荣成市崖头街道${address}`,
      scope,
      establishedOn: '20120406',
      termUntil: '20420405',
      registeredCapital: capital,
      status: '1',
      cancelledOn: null,
    } satisfies Organisation)
    draft.taxes.push({
      uscc: is.id,
      kind: '1',
      credit: 'B',
      registeredOn: '20120420',
      state: left ? '07' : '03',
      arrears: 0,
      filedUntil: draft.asOfMonth,
    })
  }
}

export function addFormRegisters(draft: Draft, random: Random): void {
  const person = ({ id }: { id: string }): Person => draft.people.get(id)!
  recordMarriage(draft, person(cast.FARMER), person(cast.FARMER_WIFE), '20061018')
  recordMarriage(draft, person(cast.LATE_RETIREE), person(cast.WIDOW), '19900520')
  recordMarriage(draft, person(cast.LATE_WORKER), person(cast.WORKER_WIDOW), '20010910')
  addFarmersFamily(draft, person, random)
  addWork(draft, person)
  addEstates(draft)
  draft.deaths.push(
    { personId: cast.LATE_RETIREE.id, diedOn: '20260910', crematedOn: '20260912', cancelledOn: null },
    { personId: cast.LATE_WORKER.id, diedOn: '20260805', crematedOn: '20260807', cancelledOn: '20260820' },
  )
}

function addFarmersFamily(draft: Draft, person: (of: { id: string }) => Person, random: Random): void {
  const children = [cast.SENIOR_PUPIL, cast.JUNIOR_PUPIL, cast.DISABLED_CHILD, cast.KINDERGARTNER]
  for (const [index, { id }] of children.entries()) {
    draft.births.push({
      certificate: `T99000001${index}`,
      childId: id,
      motherId: cast.FARMER_WIFE.id,
      fatherId: cast.FARMER.id,
      hospitalUscc: HOSPITAL.id,
      bornOn: id.slice(6, 14),
      issuedOn: id.slice(6, 14),
      weeks: 39,
      weight: 3100,
    })
  }
  enrol(draft, person(cast.SENIOR_PUPIL), cast.FARMER_WIFE.id, random, cast.SENIOR_SCHOOL.id)
  enrol(draft, person(cast.JUNIOR_PUPIL), cast.FARMER_WIFE.id, random, cast.JUNIOR_SCHOOL.id)
  enrol(draft, person(cast.DISABLED_CHILD), cast.FARMER_WIFE.id, random, SCHOOL.id)
  for (const student of draft.students) if (student.guardianId === cast.FARMER_WIFE.id) student.boarding = true
  certify(draft, person(cast.DISABLED_CHILD), '5', '1', '20230510', cast.FARMER_WIFE.id)
  const household = draft.households.get(person(cast.FARMER).householdNumber)!
  grantAllowance(draft, household, '20240301', { kind: '2', monthlyAmount: 260_000, cause: '1' })
  for (const id of household.memberIds) addResidentsInsurance(draft, person({ id }), id === cast.ELDER.id)
  draft.insurance.push({
    personId: cast.FARMER.id,
    employerUscc: COMPANY.id,
    from: '202201',
    to: '202312',
    base: 420_000,
    kinds: ['110'],
    unpaid: [],
  })
}

function addWork(draft: Draft, person: (of: { id: string }) => Person): void {
  const { asOfMonth } = draft
  const ago = (months: number): string => addMonths(asOfMonth, -months)
  const at = ({ id }: { id: string }): Organisation => draft.organisations.get(id)!
  const pension = ['110']
  employ(draft, person(cast.LATE_RETIREE), at(COMPANY), {
    from: '200007',
    to: '202006',
    base: 450_000,
    kinds: pension,
    fund: false,
  })
  employ(draft, person(cast.LATE_WORKER), at(COMPANY), { from: '202201', to: '202512', base: 560_000, fund: true })
  employ(draft, person(cast.RETIREE), at(COMPANY), {
    from: '200601',
    to: '202605',
    base: 780_000,
    kinds: pension,
    fund: true,
  })
  employ(draft, person(cast.JOBLESS), at(COMPANY), { from: ago(33), to: ago(3), base: 580_000, fund: true })
  employ(draft, person(cast.GRADUATE), at(COMPANY), { from: ago(3), to: asOfMonth, base: 480_000, fund: true })
  employ(draft, person(cast.DOCTOR), at(cast.CLINIC), { from: ago(35), to: asOfMonth, base: 1_200_000, fund: true })
  employ(draft, person(cast.PHARMACIST), at(cast.PHARMACY), { from: ago(35), to: asOfMonth, base: 900_000, fund: true })
  employ(draft, person(cast.MANAGER), at(cast.DEVELOPER), { from: ago(35), to: asOfMonth, base: 2_000_000, fund: true })
  for (const member of [cast.WIDOW, cast.HEIR, cast.WORKER_WIDOW]) addResidentsInsurance(draft, person(member), false)
}

function addEstates(draft: Draft): void {
  const estate = (building: number, ownerIds: string[], location: string, area: string, usage: string): void => {
    draft.realEstate.push({
      unit: realEstateUnit(9, building, 1),
      certificate: certificateNumber(2015, 100 + building),
      ownerIds,
      location: `山东省荣成市${location}`,
      area,
      usage,
      registeredOn: '20150612',
      ownership: ownerIds.length > 1 ? '1' : '0',
      mortgaged: false,
      sealed: false,
    })
  }
  estate(1, [cast.FARMER.id, cast.FARMER_WIFE.id], '虎山镇测试街16号', '118.00', '10')
  estate(2, [cast.LATE_RETIREE.id], '崖头街道测试路21号测试花园3号楼1单元501室', '88.20', '10')
  estate(3, [cast.CLINIC.id], '崖头街道测试路306号', '210.00', '30')
  estate(4, [cast.PHARMACY.id], '崖头街道测试路307号', '96.00', '30')
}
