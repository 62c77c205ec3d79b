/**
 * Makes identifiers that are well formed and can belong to nobody: county code 371099 is assigned to no place, and the
 * organisation codes lie in the private range of GB 11714.
 *
 * Written apart from the gateway's own checks, so that the one can be tested on the other.
 */

export const TEST_COUNTY = '371099'
/** 荣成市: where the registers of the demonstration are kept. */
export const CITY_DIVISION = '371082'

const CITIZEN_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CITIZEN_CHECKS = '10X98765432'

/** GB 11643: county + birth + sequence (odd male, even female) + MOD 11-2 character. */
export function citizenNumber(birthDate: string, sequence: number): string {
  const body = `${TEST_COUNTY}${birthDate}${String(sequence).padStart(3, '0')}`
  const sum = CITIZEN_WEIGHTS.reduce((total, weight, i) => total + weight * Number(body[i]), 0)
  return body + CITIZEN_CHECKS[sum % 11]!
}

const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]

/** GB 11714: eight characters and a check character. `serial` 1–99999 gives PDY00001–PDY99999. */
export function organisationCode(serial: number): string {
  if (!Number.isInteger(serial) || serial < 1 || serial > 99_999) throw new Error('serial outside the private range')
  const body = `PDY${String(serial).padStart(5, '0')}`
  const sum = ORGANISATION_WEIGHTS.reduce((total, weight, i) => total + weight * Number.parseInt(body[i]!, 36), 0)
  return body + '0X987654321'[sum % 11]!
}

const USCC_LETTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** GB 32100: two letters of registering authority and category, division, organisation code, MOD 31 character. */
export function unifiedCode(kind: string, serial: number): string {
  const body = `${kind}${CITY_DIVISION}${organisationCode(serial)}`
  let sum = 0
  let weight = 1
  for (const letter of body) {
    sum += USCC_LETTERS.indexOf(letter) * weight
    weight = (weight * 3) % 31
  }
  return body + USCC_LETTERS[(31 - (sum % 31)) % 31]!
}

/** 不动产单元号, 28 characters: land parcel (19, GB = state-owned building land) and fixture (9, F = building). */
export function realEstateUnit(parcel: number, building: number, flat: number): string {
  const digits = (value: number, width: number) => String(value).padStart(width, '0')
  return `${CITY_DIVISION}001001GB${digits(parcel, 5)}F${digits(building, 4)}${digits(flat, 4)}`
}

const PLATE_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ'

/** Three letters in the five places are never issued, so the plate hangs on no car. `serial` 0–2399. */
export function plateNumber(serial: number): string {
  return `鲁KCS${PLATE_LETTERS[Math.floor(serial / 100)]!}${String(serial % 100).padStart(2, '0')}`
}

const VIN_VALUES: Record<string, number> = Object.fromEntries(
  [...'ABCDEFGH']
    .map((letter, i) => [letter, i + 1] as const)
    .concat([...'JKLMN'].map((letter, i) => [letter, i + 1] as const))
    .concat([
      ['P', 7],
      ['R', 9],
    ])
    .concat([...'STUVWXYZ'].map((letter, i) => [letter, i + 2] as const)),
)
const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

/** GB 16735 vehicle identification number with its check character; no manufacturer's code begins with 0. */
export function vehicleNumber(serial: number): string {
  const body = `0TSTEST1-T${String(serial).padStart(7, '0')}`
  const sum = [...body].reduce(
    (total, letter, i) => total + VIN_WEIGHTS[i]! * (VIN_VALUES[letter] ?? (Number(letter) || 0)),
    0,
  )
  return body.replace('-', '0123456789X'[sum % 11]!)
}

/** 出生医学证明: one letter and nine digits. */
export const birthCertificateNumber = (serial: number): string => `T99${String(serial).padStart(7, '0')}`

/** Project code of the investment platform: year, division, industry, running number. */
export const projectCode = (year: number, serial: number): string =>
  `${year % 100}01-${CITY_DIVISION}-04-01-${String(900_000 + serial)}`
