import { describe, expect, it } from 'vitest'
import type { IdType } from '../../gateway/catalog/types.ts'
import { normaliseSubjectId } from '../../gateway/identifiers/index.ts'
import { parseUscc } from '../../gateway/identifiers/uscc.ts'
import { parseVin } from '../../gateway/identifiers/vehicle.ts'
import * as cast from '../../seeds/population/cast.ts'
import { DEMO_POPULATION, generatePopulation } from '../../seeds/population/index.ts'
import { citizenNumber, organisationCode, plateNumber, unifiedCode } from '../../seeds/population/numbers.ts'

const TODAY = '20261120'
const city = generatePopulation({ ...DEMO_POPULATION, today: TODAY })

/** Those the gateway's own checks do not take as they stand. */
const refused = (type: IdType, values: Iterable<string>): string[] =>
  [...values].filter((value) => {
    const checked = normaliseSubjectId(type, value, TODAY)
    return !checked.ok || checked.normal !== value
  })

describe('the numbers of the population, before the gateway’s own checks', () => {
  it.each<[IdType, () => Iterable<string>]>([
    ['resident-id', () => city.people.keys()],
    ['uscc', () => city.organisations.keys()],
    ['real-estate-unit', () => city.realEstate.map(({ unit }) => unit)],
    ['plate', () => city.vehicles.map(({ plate }) => plate)],
    ['vin', () => city.vehicles.map(({ vin }) => vin)],
    ['birth-certificate', () => city.births.map(({ certificate }) => certificate)],
    ['project-code', () => city.projects.map(({ code }) => code)],
    ['resident-id', () => [cast.NOBODY.id]],
    ['uscc', () => [cast.NO_COMPANY.id]],
    ['project-code', () => [cast.NO_PROJECT.code]],
  ])('%s is well formed everywhere', (type, values) => {
    expect(refused(type, values())).toEqual([])
  })

  it('keeps both checks of a unified code, inside the private range', () => {
    for (const uscc of city.organisations.keys()) {
      expect(parseUscc(uscc)).toMatchObject({ ok: true, privateRange: true, division: '371082', warnings: [] })
    }
  })

  it('gives vehicles a right check character', () => {
    for (const { vin } of city.vehicles) expect(parseVin(vin)).toMatchObject({ ok: true, warnings: [] })
  })

  it('finds known numbers again', () => {
    expect(citizenNumber('20190712', 1)).toBe(cast.PUPIL.id)
    expect(citizenNumber('19880312', 2)).toBe(cast.GUARDIAN.id)
    expect(unifiedCode('91', 10_001)).toBe(cast.COMPANY.id)
    expect(organisationCode(1)).toBe('PDY00001X')
    expect(plateNumber(0)).toBe(cast.FAMILY_CAR.plate)
    expect(() => organisationCode(0)).toThrow('private range')
  })
})
