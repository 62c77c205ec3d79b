import { addYears, dateOf, yearOf } from './dates.ts'
import { ageInYear, type Draft, isCast } from './draft.ts'
import { homeAddress } from './names.ts'
import { plateNumber, realEstateUnit, vehicleNumber } from './numbers.ts'
import { isBusiness } from './organisations.ts'
import type { Random } from './random.ts'

/** 不动产权证书号, from a serial the real register is far below. */
export const certificateNumber = (year: number, serial: number): string =>
  `鲁（${year}）荣成市不动产权第${9_000_000 + serial}号`

/** Homes: two households in three own their address, some own one more; companies own workshops. */
export function addRealEstate(draft: Draft, random: Random): void {
  const homeless = new Set(draft.allowances.map((allowance) => allowance.headId))
  let serial = 100
  const register = (ownerIds: string[], location: string, usage: string, area: string): void => {
    serial++
    const year = random.int(2005, yearOf(draft.today) - 1)
    draft.realEstate.push({
      unit: realEstateUnit(100 + Math.floor(serial / 100), (Math.floor(serial / 10) % 10) + 1, (serial % 10) + 1),
      certificate: certificateNumber(year, serial),
      ownerIds,
      location,
      area,
      usage,
      registeredOn: dateOf(year, random.int(1, 12), random.int(1, 28)),
      ownership: ownerIds.length === 2 ? '1' : '0',
      mortgaged: random.chance(0.3),
      sealed: random.chance(0.01),
    })
  }
  const squareMetres = (low: number, high: number) =>
    `${random.int(low, high)}.${String(random.int(0, 99)).padStart(2, '0')}`
  for (const household of draft.households.values()) {
    const head = draft.people.get(household.headId)!
    if (homeless.has(head.idNumber) || isCast(head.idNumber)) continue
    if (ageInYear(draft, head) < 25 || !random.chance(0.68)) continue
    const shared = head.spouseId && random.chance(0.5) ? [head.idNumber, head.spouseId] : [head.idNumber]
    register(shared, household.address, '10', squareMetres(60, 145))
    if (random.chance(0.15))
      register([head.idNumber], homeAddress(random), random.chance(0.7) ? '10' : '30', squareMetres(40, 120))
    if (random.chance(0.2))
      register(
        [head.idNumber],
        `${household.address.split('号楼')[0]}号楼地下车位${random.int(1, 400)}号`,
        '80',
        squareMetres(10, 16),
      )
  }
  for (const organisation of draft.organisations.values()) {
    if (
      organisation.kind === 'company' &&
      organisation.status === '1' &&
      !isCast(organisation.legalRepresentativeId) &&
      random.chance(0.3)
    )
      register([organisation.uscc], organisation.address, '20', squareMetres(800, 9000))
  }
}

const MODELS = ['测试牌TS7180轿车', '测试牌TS6470多用途乘用车', '测试牌TS7000BEV纯电动轿车']

export function addVehicles(draft: Draft, random: Random): void {
  const register = (ownerId: string, business: boolean): void => {
    const serial = 100 + draft.vehicles.length
    const year = random.int(yearOf(draft.today) - 9, yearOf(draft.today) - 1)
    const registeredOn = dateOf(year, random.int(1, 12), random.int(1, 28))
    draft.vehicles.push({
      plate: plateNumber(serial),
      vin: vehicleNumber(serial),
      ownerId,
      model: business ? '测试牌TS1040载货汽车' : random.pick(MODELS),
      type: business ? 'H31' : 'K33',
      use: business ? 'F' : 'A',
      registeredOn,
      inspectedUntil: addYears(registeredOn, yearOf(draft.today) - year + 1),
      insuredUntil: addYears(registeredOn, yearOf(draft.today) - year + 1),
      state: random.chance(0.03) ? 'E' : 'A',
      mortgaged: random.chance(0.12),
    })
  }
  for (const person of draft.people.values()) {
    const age = ageInYear(draft, person)
    if (age < 22 || age > 68 || isCast(person.idNumber)) continue
    if (random.chance(0.35)) register(person.idNumber, false)
    if (random.chance(0.04)) register(person.idNumber, false)
  }
  for (const organisation of draft.organisations.values()) {
    if (
      isBusiness(organisation) &&
      organisation.status === '1' &&
      !isCast(organisation.legalRepresentativeId) &&
      random.chance(0.25)
    )
      register(organisation.uscc, true)
  }
}
