import { describe, expect, it } from 'vitest'
import * as cast from '../../seeds/population/cast.ts'
import { addMonths, chinaToday, monthsBetween } from '../../seeds/population/dates.ts'
import * as formCast from '../../seeds/population/form-cast.ts'
import { DEMO_POPULATION, generatePopulation } from '../../seeds/population/index.ts'
import { TEST_COUNTY } from '../../seeds/population/numbers.ts'

const TODAY = '20261120'
const city = generatePopulation({ ...DEMO_POPULATION, today: TODAY })
const person = (id: string) => city.people.get(id)

const CAST_IDS = [...cast.CAST_IDS, ...formCast.FORM_CAST_IDS]

describe('the synthetic population', () => {
  it('has at least 2,000 people in households and 200 organisations', () => {
    expect(city.people.size).toBeGreaterThanOrEqual(2_000)
    expect(city.organisations.size).toBeGreaterThanOrEqual(200)
    const housed = [...city.households.values()].flatMap((household) => household.memberIds)
    expect(new Set(housed).size).toBe(city.people.size)
    expect(housed).toHaveLength(city.people.size)
  })

  it('is the same for the same seed and day, and another for another seed', () => {
    const flat = (seed: string) =>
      JSON.stringify(generatePopulation({ seed, today: TODAY, people: 300, organisations: 60 }), (_, value) =>
        value instanceof Map ? [...value] : value,
      )
    expect(flat('a')).toBe(flat('a'))
    expect(flat('a')).not.toBe(flat('b'))
  })

  it('bears only numbers nobody can have and names nobody takes for real', () => {
    for (const [id, { name, birthDate, sex, idNumber }] of city.people) {
      expect(id).toBe(idNumber)
      expect(id.slice(0, 6)).toBe(TEST_COUNTY)
      expect(id.slice(6, 14)).toBe(birthDate)
      expect(Number(id[16]) % 2 === 1 ? 'male' : 'female').toBe(sex)
      expect(name.startsWith('测试')).toBe(true)
      expect(birthDate <= TODAY).toBe(true)
    }
    for (const { uscc, name } of city.organisations.values()) {
      expect(uscc).toMatch(/^[19][1-3]371082PDY\d{5}[0-9X][0-9A-HJ-NPQRTUWXY]$/)
      expect(name.startsWith('测试')).toBe(true)
    }
  })

  it('holds the cast with the number each is known by', () => {
    for (const id of CAST_IDS) expect(person(id)?.householdNumber).toBeTruthy()
    expect(person(cast.PUPIL.id)).toMatchObject({ name: cast.PUPIL.name, sex: 'male', motherId: cast.GUARDIAN.id })
    expect(person(cast.GUARDIAN.id)).toMatchObject({
      name: cast.GUARDIAN.name,
      sex: 'female',
      spouseId: cast.FATHER.id,
    })
    for (const id of [
      cast.COMPANY,
      cast.COMPANY_IN_ARREARS,
      cast.SCHOOL,
      cast.HOSPITAL,
      formCast.CLINIC,
      formCast.BANK,
    ]) {
      expect(city.organisations.get(id.id)?.name).toBe(id.name)
    }
    expect(city.realEstate.find((estate) => estate.unit === cast.GUARDIAN_HOME.unit)?.ownerIds).toContain(
      cast.GUARDIAN.id,
    )
    expect(person(cast.NOBODY.id)).toBeUndefined()
    expect(city.organisations.has(cast.NO_COMPANY.id)).toBe(false)
  })

  it('lets nothing random happen to the cast: the registers say the same of it whatever the seed', () => {
    const of = (seed: string) => {
      const { disabilities, allowances, veterans, realEstate, vehicles, insurance, medical, students, taxes } =
        generatePopulation({
          seed,
          today: TODAY,
          people: 600,
          organisations: 90,
        })
      const cited = (record: unknown) => CAST_IDS.some((id) => JSON.stringify(record).includes(id))
      const records = [
        disabilities,
        allowances,
        veterans,
        realEstate,
        vehicles,
        insurance,
        medical,
        students,
        taxes,
      ].flat()
      // The class a pupil sits in is drawn; everything else is written down.
      return JSON.stringify(records.filter(cited), (key, value) => (key === 'className' ? undefined : value))
    }
    expect(of('one')).toBe(of('two'))
  })

  it('agrees on marriages in the household register and the marriage register', () => {
    const married = new Map(
      city.marriages.flatMap(({ husbandId, wifeId }) => [
        [husbandId, wifeId],
        [wifeId, husbandId],
      ]),
    )
    for (const { idNumber, spouseId } of city.people.values()) {
      expect(married.get(idNumber) ?? null).toBe(spouseId)
      if (spouseId) expect(person(spouseId)?.spouseId).toBe(idNumber)
    }
    for (const { registeredOn, husbandId, wifeId } of city.marriages) {
      expect(registeredOn <= TODAY).toBe(true)
      expect(
        Number(registeredOn.slice(0, 4)) - Number(person(husbandId)!.birthDate.slice(0, 4)),
      ).toBeGreaterThanOrEqual(22)
      expect(Number(registeredOn.slice(0, 4)) - Number(person(wifeId)!.birthDate.slice(0, 4))).toBeGreaterThanOrEqual(
        20,
      )
    }
  })

  it('insures employees through employers that exist, for months that have passed', () => {
    for (const spell of [...city.insurance, ...city.funds]) {
      expect(person(spell.personId)).toBeDefined()
      expect(city.organisations.has(spell.employerUscc)).toBe(true)
      expect(spell.from <= spell.to && spell.to <= city.asOfMonth).toBe(true)
      expect(city.organisations.get(spell.employerUscc)!.establishedOn.slice(0, 6) <= spell.from).toBe(true)
    }
  })

  it('gives every pupil a guardian under the same roof and every infant the mother of the birth record', () => {
    expect(city.students.length).toBeGreaterThan(200)
    for (const { personId, guardianId, schoolUscc } of city.students) {
      expect(person(guardianId)?.householdNumber).toBe(person(personId)?.householdNumber)
      expect(city.organisations.get(schoolUscc)?.kind).toBe('school')
    }
    for (const { childId, motherId, fatherId, bornOn } of city.births) {
      expect(person(childId)).toMatchObject({ motherId, fatherId, birthDate: bornOn })
    }
  })

  it('refers to nobody and nothing that is not there', () => {
    const known = (id: string) => city.people.has(id) || city.organisations.has(id)
    const named = [
      ...city.realEstate.flatMap(({ ownerIds }) => ownerIds),
      ...city.vehicles.map(({ ownerId }) => ownerId),
      ...city.disabilities.flatMap(({ personId, guardianId }) => (guardianId ? [personId, guardianId] : [personId])),
      ...city.allowances.flatMap(({ memberIds, headId }) => [...memberIds, headId]),
      ...city.taxes.map(({ uscc }) => uscc),
      ...city.veterans.map(({ personId }) => personId),
      ...city.projects.map(({ ownerUscc }) => ownerUscc),
      ...city.births.map(({ hospitalUscc }) => hospitalUscc),
      ...city.medical.flatMap(({ personId, employerUscc }) => (employerUscc ? [personId, employerUscc] : [personId])),
      ...[...city.organisations.values()].map(({ legalRepresentativeId }) => legalRepresentativeId),
    ]
    expect(named.filter((id) => !known(id))).toEqual([])
  })

  it('gives every register numbers of its own', () => {
    const unique = (values: string[]) => expect(new Set(values).size).toBe(values.length)
    unique(city.realEstate.map(({ unit }) => unit))
    unique(city.realEstate.map(({ certificate }) => certificate))
    unique(city.vehicles.map(({ plate }) => plate))
    unique(city.vehicles.map(({ vin }) => vin))
    unique(city.births.map(({ certificate }) => certificate))
    unique(city.projects.map(({ code }) => code))
    unique(city.funds.map(({ account }) => account))
    unique(city.students.map(({ personId }) => personId))
    unique(city.medical.map(({ personId }) => personId))
  })

  it.each(['20260101', '20260531', '20270815', '20280229'])('makes the insured months follow the day %s', (today) => {
    const moved = generatePopulation({ seed: 's', today, people: 200, organisations: 40 })
    const paid = (id: string) =>
      moved.insurance
        .filter((spell) => spell.personId === id)
        .flatMap((spell) => monthsBetween(spell.from, spell.to).filter((month) => !spell.unpaid.includes(month)))
    const year = monthsBetween(addMonths(moved.asOfMonth, -11), moved.asOfMonth)
    expect(year).toHaveLength(12)
    expect(paid(cast.HUSBAND.id)).toEqual(year)
    expect(year.filter((month) => !paid(cast.WIFE.id).includes(month))).toHaveLength(1)
    expect(paid(cast.PENSIONER.id)).toHaveLength(240)
    for (const { birthDate } of moved.people.values()) expect(birthDate <= today).toBe(true)
  })

  it('knows China’s day when UTC is still in the day before', () => {
    expect(chinaToday(Date.UTC(2026, 10, 19, 16, 0))).toBe('20261120')
    expect(chinaToday(Date.UTC(2026, 10, 19, 15, 59))).toBe('20261119')
  })
})
