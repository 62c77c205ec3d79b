import {
  ALLOWANCE_RECEIVER,
  BABY,
  COMPANY,
  COMPANY_IN_ARREARS,
  DEBTOR,
  DISABLED,
  FAMILY_CAR,
  FATHER,
  GUARDIAN,
  GUARDIAN_HOME,
  HOME_OWNER,
  HOSPITAL,
  HUSBAND,
  LEGAL_REPRESENTATIVE,
  PENSIONER,
  PROJECT,
  PUPIL,
  SCHOOL,
  VETERAN,
  WIFE,
} from './cast.ts'
import { enrol, recordMarriage } from './civil.ts'
import { addMonths } from './dates.ts'
import type { Draft } from './draft.ts'
import { addResidentsInsurance, employ } from './employment.ts'
import { plateNumber, realEstateUnit, vehicleNumber } from './numbers.ts'
import { certificateNumber } from './property.ts'
import type { Random } from './random.ts'
import type { Organisation, Person, RealEstate, Vehicle } from './types.ts'
import { certify, grantAllowance } from './welfare.ts'

/** The cast's companies; before all others, since the cast works there. */
export function addCastCompanies(draft: Draft): void {
  const common = {
    kind: 'company',
    establishedOn: '19980618',
    termUntil: null,
    status: '1',
    cancelledOn: null,
  } as const
  for (const company of [
    {
      ...common,
      uscc: COMPANY.id,
      name: COMPANY.name,
      legalRepresentativeId: LEGAL_REPRESENTATIVE.id,
      registeredCapital: 1_000_000_000,
      address: '山东省荣成市石岛管理区测试路200号',
      scope: '水产品加工；食品生产；货物进出口',
    },
    {
      ...common,
      uscc: COMPANY_IN_ARREARS.id,
      name: COMPANY_IN_ARREARS.name,
      legalRepresentativeId: DEBTOR.id,
      registeredCapital: 200_000_000,
      address: '山东省荣成市人和镇测试路300号',
      scope: '道路货物运输；普通货物仓储服务',
    },
  ] satisfies Organisation[])
    draft.organisations.set(company.uscc, company)
  const filedUntil = draft.asOfMonth
  draft.taxes.push(
    { uscc: COMPANY.id, kind: '1', credit: 'A', registeredOn: '19980620', state: '03', arrears: 0, filedUntil },
    {
      uscc: COMPANY_IN_ARREARS.id,
      kind: '2',
      credit: 'C',
      registeredOn: '19980620',
      state: '03',
      arrears: 1_280_050,
      filedUntil: addMonths(filedUntil, -2),
    },
  )
  draft.projects.push({
    code: PROJECT.code,
    name: PROJECT.name,
    ownerUscc: COMPANY.id,
    kind: '2',
    industry: 'C136',
    location: '山东省荣成市石岛管理区测试工业园1号',
    investment: 5_800_000_000,
    filedOn: '20260112',
    state: '1',
  })
}

export function addCastRegisters(draft: Draft, random: Random): void {
  const person = ({ id }: { id: string }): Person => draft.people.get(id)!
  recordMarriage(draft, person(FATHER), person(GUARDIAN), '20151018')
  recordMarriage(draft, person(HUSBAND), person(WIFE), '20240520')
  draft.births.push(
    {
      certificate: BABY.birthCertificate,
      childId: BABY.id,
      motherId: GUARDIAN.id,
      fatherId: FATHER.id,
      hospitalUscc: HOSPITAL.id,
      bornOn: '20250308',
      issuedOn: '20250311',
      weeks: 39,
      weight: 3250,
    },
    {
      certificate: 'T990000002',
      childId: PUPIL.id,
      motherId: GUARDIAN.id,
      fatherId: FATHER.id,
      hospitalUscc: HOSPITAL.id,
      bornOn: '20190712',
      issuedOn: '20190715',
      weeks: 40,
      weight: 3400,
    },
  )
  enrol(draft, person(PUPIL), GUARDIAN.id, random, SCHOOL.id)
  addCastJobs(draft, person)
  addCastProperty(draft)
  certify(draft, person(DISABLED), '4', '2', '20210609', null)
  grantAllowance(draft, draft.households.get(person(ALLOWANCE_RECEIVER).householdNumber)!, '20230401', {
    kind: '2',
    monthlyAmount: 92_000,
    cause: '1',
  })
  draft.veterans.push({
    personId: VETERAN.id,
    certificate: '鲁军退优899999',
    enlistedOn: '20120901',
    dischargedOn: '20171201',
    placement: '1',
    disabilityGrade: null,
  })
}

function addCastJobs(draft: Draft, person: (member: { id: string }) => Person): void {
  const company = draft.organisations.get(COMPANY.id)!
  const other = draft.organisations.get(COMPANY_IN_ARREARS.id)!
  const { asOfMonth } = draft
  const ago = (months: number) => addMonths(asOfMonth, -months)
  employ(draft, person(FATHER), company, { from: ago(35), to: asOfMonth, base: 860_000, fund: true })
  employ(draft, person(GUARDIAN), company, { from: ago(17), to: asOfMonth, base: 720_000, fund: true })
  // Exactly twelve months: the shortest time that counts as 连续缴费满12个月.
  employ(draft, person(HUSBAND), company, { from: ago(11), to: asOfMonth, base: 650_000, fund: true })
  // Longer insured than her husband, but one month inside the last twelve is owed.
  employ(draft, person(WIFE), other, { from: ago(20), to: asOfMonth, base: 540_000, fund: true, unpaid: [ago(4)] })
  employ(draft, person(HOME_OWNER), other, { from: ago(29), to: asOfMonth, base: 980_000, fund: true })
  employ(draft, person(LEGAL_REPRESENTATIVE), company, { from: ago(35), to: asOfMonth, base: 1_500_000, fund: true })
  employ(draft, person(VETERAN), company, { from: ago(6), to: asOfMonth, base: 600_000, fund: false })
  // 240 months of old-age insurance, ending with her fifty-fifth birthday.
  employ(draft, person(PENSIONER), company, {
    from: '200505',
    to: '202504',
    base: 480_000,
    kinds: ['110'],
    fund: false,
  })
  for (const member of [PUPIL, BABY, DISABLED, DEBTOR]) addResidentsInsurance(draft, person(member), false)
  addResidentsInsurance(draft, person(ALLOWANCE_RECEIVER), true)
}

function addCastProperty(draft: Draft): void {
  const home = { usage: '10', ownership: '0', mortgaged: false, sealed: false } as const
  const owned = (serial: number, location: string, area: string, more: Partial<RealEstate> = {}): RealEstate => ({
    ...home,
    unit: realEstateUnit(3, 3, serial),
    certificate: certificateNumber(2016, serial),
    ownerIds: [HOME_OWNER.id],
    location,
    area,
    registeredOn: '20160422',
    ...more,
  })
  draft.realEstate.push(
    {
      ...home,
      unit: GUARDIAN_HOME.unit,
      certificate: GUARDIAN_HOME.certificate,
      ownerIds: [GUARDIAN.id, FATHER.id],
      location: '山东省荣成市崖头街道测试路1号测试花园1号楼1单元101室',
      area: '108.36',
      registeredOn: '20190305',
      ownership: '1',
      mortgaged: true,
    },
    owned(1, '山东省荣成市寻山街道测试大道3号测试家园3号楼1单元301室', '96.50'),
    owned(2, '山东省荣成市寻山街道测试大道3号测试家园3号楼1单元302室', '96.50', { mortgaged: true }),
    owned(3, '山东省荣成市崖头街道测试路18号测试苑2号楼1单元501室', '71.08'),
    owned(4, '山东省荣成市崖头街道测试路18号测试苑商铺6号', '45.00', { usage: '30' }),
    owned(5, '山东省荣成市寻山街道测试大道3号测试家园3号楼地下车位12号', '13.20', { usage: '80' }),
    {
      ...home,
      unit: realEstateUnit(8, 1, 1),
      certificate: certificateNumber(2014, 8),
      ownerIds: [COMPANY.id],
      location: '山东省荣成市石岛管理区测试路200号',
      area: '5230.00',
      usage: '20',
      registeredOn: '20140910',
      mortgaged: true,
    },
  )
  const car = { use: 'A', state: 'A', type: 'K33', model: '测试牌TS7180轿车', mortgaged: false } as const
  const nextYear = String(Number(draft.today.slice(0, 4)) + 1)
  const vehicle = (serial: number, ownerId: string, registeredOn: string): Vehicle => ({
    ...car,
    plate: plateNumber(serial),
    vin: vehicleNumber(serial + 1),
    ownerId,
    registeredOn,
    inspectedUntil: nextYear + registeredOn.slice(4),
    insuredUntil: nextYear + registeredOn.slice(4),
  })
  draft.vehicles.push(
    { ...vehicle(0, FATHER.id, '20200616'), ...FAMILY_CAR },
    vehicle(1, HOME_OWNER.id, '20180509'),
    vehicle(2, HOME_OWNER.id, '20230711'),
    { ...vehicle(3, COMPANY.id, '20210315'), type: 'H31', use: 'F', model: '测试牌TS1040载货汽车' },
  )
}
