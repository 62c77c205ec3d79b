import { DEBTOR, DISABLED, HOME_OWNER, HUSBAND, LEGAL_REPRESENTATIVE, VETERAN, WIFE } from '../../population/cast.ts'
import { addYears, dashed, earlier, yearOf } from '../../population/dates.ts'
import { DOCTOR, GRADUATE, JOBLESS, LATE_WORKER, PHARMACIST } from '../../population/form-cast.ts'
import type { Person, Population } from '../../population/types.ts'
import { deathLicences, handbooks, professionalLicences } from './certified.ts'
import type { Licence } from './types.ts'

const POLICE = '测试荣成市公安局'
const SOCIAL = '测试荣成市人力资源和社会保障局'
const HEALTH = '测试荣成市卫生健康局'

/** Licences that follow from what a person is; the cast's odd ones (expired, revoked) are told here too. */
export function* personalLicences(person: Person, city: Population): Iterable<Licence> {
  const { idNumber: holderNumber, birthDate, sex } = person
  const born = yearOf(birthDate)
  const age = yearOf(city.today) - born
  const serial = Number(holderNumber.slice(10, 17))
  const address = city.households.get(person.householdNumber)?.address ?? null
  const make = (typeCode: string, number: string, issuer: string, issuedOn: string, years: number | null) => ({
    typeCode,
    number,
    holderNumber,
    issuer,
    issuedOn,
    validUntil: years === null ? null : addYears(issuedOn, years),
  })

  const cardSince = earlier(addYears(birthDate, Math.min(Math.max(age - 4, 1), 46)), city.today)
  // 到四十六岁的证长期有效；孙丽的证已过期，未换领
  const cardYears = holderNumber === HOME_OWNER.id ? 1 : age - 4 >= 46 ? null : 20
  yield {
    ...make('001', holderNumber, POLICE, cardSince, cardYears),
    face: {
      sex: sex === 'male' ? '1' : '2',
      ethnicGroup: person.ethnicGroup,
      birthDate: dashed(birthDate),
      address,
    },
  }
  if (age >= 1) {
    const since = earlier(addYears(birthDate, Math.max(1, age - 6)), city.today)
    yield {
      ...make('016', `SB${holderNumber.slice(6, 17)}`, SOCIAL, since, 10),
      face: { bankName: '测试银行荣成支行', bankAccount: `6299${holderNumber.slice(2, 17)}` },
    }
  }
  if (age >= 20 && age <= 70 && (serial % 3 > 0 || CAST_DRIVERS.includes(holderNumber))) {
    const licence = make('004', holderNumber, `${POLICE}交通警察大队`, addYears(birthDate, 20), age > 26 ? null : 6)
    yield {
      ...licence,
      // 郑强的驾驶证因违法被吊销，冯亮的被注销
      ...(holderNumber === VETERAN.id && { state: '06' as const }),
      ...(holderNumber === DEBTOR.id && { state: '05' as const }),
      face: { permittedTypes: 'C1', firstIssuedOn: dashed(licence.issuedOn), archiveNumber: `3710${serial}` },
    }
  }
  if (age >= 19 && age <= 60 && (serial % 4 === 0 || CAST_GRADUATES.includes(holderNumber))) {
    const graduated = `${born + 22}0701`
    if (graduated <= city.today) {
      const school = '测试山东海洋学院'
      yield {
        ...make('009', `1099912${graduated.slice(0, 4)}05${serial % 1_000_000}`, school, graduated, null),
        face: {
          school,
          major: MAJORS[holderNumber] ?? '水产养殖学',
          educationLevel: '本科',
          graduatedOn: dashed(graduated),
        },
      }
      yield {
        ...make('010', `10999${graduated.slice(0, 4)}${serial % 1_000_000}`, school, graduated, null),
        face: { school, degree: '农学学士', conferredOn: dashed(graduated) },
      }
      yield {
        ...make('011', `BD${graduated.slice(0, 4)}${serial}`, '测试山东省教育厅', graduated, 2),
        face: { reportUnit: SOCIAL, school },
      }
    }
  }
  if (age >= 16 && age < 60 && (serial % 5 === 0 || CAST_REGISTERED.includes(holderNumber))) {
    const since = addYears(city.today, -1)
    yield {
      ...make('017', `3710${serial}`, SOCIAL, since, null),
      face: { employmentState: '失业登记', registeredOn: dashed(since) },
    }
  }
  if (age >= 22) {
    yield {
      ...make('012', `HJ${holderNumber.slice(6, 17)}`, '测试荣成市民政局', city.today, 1),
      face: { maritalState: person.spouseId === null ? '90' : '20', recordedFrom: '1990-01-01' },
    }
  }
  if (age >= 60) {
    yield {
      ...make('022', `LN${holderNumber.slice(6, 17)}`, '测试荣成市行政审批服务局', addYears(birthDate, 60), null),
      face: { birthDate: dashed(birthDate), cardKind: age >= 65 ? '优待证' : '优惠证' },
    }
  }
  if (holderNumber === LEGAL_REPRESENTATIVE.id || holderNumber === DEBTOR.id) {
    // 钱进的健康证有效，冯亮的已过期
    const since = holderNumber === DEBTOR.id ? addYears(city.today, -3) : city.today
    yield {
      ...make('032', `JK${holderNumber.slice(6, 17)}`, '测试荣成市人民医院', since, 1),
      face: { practiceKind: '食品从业', examinedOn: dashed(since) },
    }
  }
}

const CAST_GRADUATES: readonly string[] = [HUSBAND, WIFE, VETERAN, JOBLESS, GRADUATE, DOCTOR, PHARMACIST].map(
  ({ id }) => id,
)
const CAST_REGISTERED: readonly string[] = [DISABLED, WIFE, VETERAN, JOBLESS, LATE_WORKER].map(({ id }) => id)
const MAJORS: Readonly<Record<string, string>> = { [DOCTOR.id]: '临床医学', [PHARMACIST.id]: '药学' }
const CAST_DRIVERS: readonly string[] = [HUSBAND.id, VETERAN.id, DEBTOR.id, LEGAL_REPRESENTATIVE.id]

/** Licences that follow from the registers: births, marriages, property, vehicles, disability, medical insurance. */
export function* registeredLicences(city: Population): Iterable<Licence> {
  const name = (id: string | null) => (id === null ? null : (city.people.get(id)?.name ?? null))
  for (const birth of city.births) {
    const { certificate, childId, issuedOn, bornOn } = birth
    const hospital = city.organisations.get(birth.hospitalUscc)?.name ?? HEALTH
    yield {
      typeCode: '020',
      number: certificate,
      holderNumber: childId,
      issuer: hospital,
      issuedOn,
      validUntil: null,
      face: {
        birthDate: dashed(bornOn),
        sex: city.people.get(childId)?.sex === 'male' ? '1' : '2',
        motherName: name(birth.motherId),
        fatherName: name(birth.fatherId),
        hospital,
      },
    }
  }
  yield* handbooks(city)
  for (const { certificate, husbandId, wifeId, registeredOn, kind } of city.marriages) {
    for (const [holderNumber, spouse] of [
      [husbandId, wifeId],
      [wifeId, husbandId],
    ] as const) {
      const common = { number: certificate, holderNumber, issuer: '测试荣成市民政局', issuedOn: registeredOn }
      yield kind === 'marriage'
        ? {
            ...common,
            typeCode: '013',
            validUntil: null,
            face: { spouseName: name(spouse), spouseIdNumber: spouse, registeredOn: dashed(registeredOn) },
          }
        : {
            ...common,
            typeCode: '014',
            validUntil: null,
            face: { formerSpouseName: name(spouse), registeredOn: dashed(registeredOn) },
          }
    }
  }
  for (const estate of city.realEstate) {
    for (const holderNumber of estate.ownerIds) {
      if (!city.people.has(holderNumber)) continue
      const common = {
        holderNumber,
        issuer: '测试荣成市自然资源局',
        issuedOn: estate.registeredOn,
        validUntil: null,
      }
      const { unit: unitNo, location, usage, area, ownership: ownershipKind } = estate
      yield {
        ...common,
        typeCode: '030',
        number: estate.certificate,
        face: { unitNo, location, usage, area, ownershipKind },
      }
      if (!estate.mortgaged) continue
      yield {
        ...common,
        typeCode: '029',
        number: estate.certificate.replace('不动产权', '不动产证明'),
        face: { unitNo, location, provedRight: '抵押权' },
      }
    }
  }
  for (const vehicle of city.vehicles) {
    if (!city.people.has(vehicle.ownerId)) continue
    const common = { holderNumber: vehicle.ownerId, issuer: `${POLICE}交通警察大队`, issuedOn: vehicle.registeredOn }
    yield {
      ...common,
      typeCode: '003',
      number: vehicle.plate,
      validUntil: null,
      ...(vehicle.state === 'E' && { state: '05' as const }),
      face: { plateNumber: vehicle.plate, vin: vehicle.vin, vehicleType: vehicle.type, useNature: vehicle.use },
    }
    yield {
      ...common,
      typeCode: '006',
      number: `JY${vehicle.vin.slice(-10)}`,
      validUntil: vehicle.inspectedUntil,
      face: { plateNumber: vehicle.plate, inspectedOn: dashed(addYears(vehicle.inspectedUntil, -1)) },
    }
  }
  for (const disability of city.disabilities) {
    yield {
      typeCode: '031',
      number: disability.certificate,
      holderNumber: disability.personId,
      issuer: '测试荣成市残疾人联合会',
      issuedOn: disability.issuedOn,
      validUntil: disability.validUntil,
      face: {
        disabilityKind: disability.kind,
        disabilityGrade: disability.grade,
        guardianName: name(disability.guardianId),
      },
    }
  }
  yield* professionalLicences()
  yield* deathLicences(city)
  for (const { personId, kind, insuredSince } of city.medical) {
    yield {
      typeCode: '019',
      number: `YB${personId.slice(6, 17)}`,
      holderNumber: personId,
      issuer: '测试荣成市医保局',
      issuedOn: insuredSince,
      validUntil: null,
      face: { insuranceKind: kind, insuredDivision: '371082' },
    }
  }
}
