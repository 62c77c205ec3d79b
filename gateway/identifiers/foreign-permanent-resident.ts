import { type BirthAndSex, parseNumber18 } from './citizen-number.ts'
import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

export type ForeignPermanentResident18 = BirthAndSex & {
  form: 'card-2023'
  issuingDivision: string
  nationalityNumeric: string
}
export type ForeignPermanentResident15 = { form: 'legacy-15'; nationalityAlpha3: string }

/** The permanent resident card of a foreigner (外国人永久居留身份证), either form; the first character tells which. */
export function parseForeignPermanentResident(
  value: string,
  options: ParseOptions = {},
): Parsed<ForeignPermanentResident18 | ForeignPermanentResident15> {
  return /^[A-Z]/.test(normalForm(value, options)) ? parseLegacyForm(value, options) : parseCard2023(value, options)
}

/**
 * Cards issued from December 2023: 9, 2 division of first application, 3 ISO 3166-1 numeric nationality, 8 birth, 3 sequence, 1 check.
 *
 * Source: published notice for the first digit, length and check; the inner layout is the agreement of public libraries.
 */
export function parseCard2023(value: string, options: ParseOptions = {}): Parsed<ForeignPermanentResident18> {
  const normal = normalForm(value, options)
  const number = parseNumber18(normal, (text) => (text[0] === '9' ? undefined : 'prefix'), options)
  if (!number.ok) return number
  return {
    ...number,
    normal,
    form: 'card-2023',
    issuingDivision: normal.slice(1, 3),
    nationalityNumeric: normal.slice(3, 6),
  }
}

/** Older cards: 3 letters of nationality and 12 digits. The rule of the last digit is not published: only the shape is judged. */
export function parseLegacyForm(value: string, options: ParseOptions = {}): Parsed<ForeignPermanentResident15> {
  const normal = normalForm(value, options)
  if (normal.length !== 15) return malformed('length')
  if (!/^[A-Z]{3}\d{12}$/.test(normal)) return malformed('charset')
  return { ok: true, normal, form: 'legacy-15', nationalityAlpha3: normal.slice(0, 3), warnings: [] }
}
