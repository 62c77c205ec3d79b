import { isCalendarDate } from './calendar-date.ts'
import { type BirthAndSex, mod112Check, parseNumber18, sexOf } from './citizen-number.ts'
import { hasProvince } from './division.ts'
import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

export type ResidentId = BirthAndSex & { division: string }

/**
 * The citizen identity number (公民身份号码), 18 characters.
 *
 * Shape:  6 division, 8 birth, 3 sequence, 1 check; `normal` has X in upper case. The division's shape is checked, not that it exists.
 * Errors: numbers of 81/82/83 and 9… are `division`: they are permits with types of their own (R118, R119).
 * Source: GB 11643-1999.
 */
export function parseResidentId(value: string, options: ParseOptions = {}): Parsed<ResidentId> {
  const normal = normalForm(value, options)
  const number = parseNumber18(normal, (text) => (hasProvince(text) ? undefined : 'division'), options)
  return number.ok ? { ...number, normal, division: normal.slice(0, 6) } : number
}

/**
 * The 15-digit number given out before 1999, for looking up old records only; never a key, always reported with its 18-digit form (R117).
 *
 * Shape:  6 division, 6 birth (YYMMDD), 3 sequence. It has no check digit and leaves the century open: 19 is assumed.
 */
export function parseLegacyResidentId(
  value: string,
  options: ParseOptions = {},
): Parsed<ResidentId & { upgraded: string }> {
  const normal = normalForm(value, options)
  if (normal.length !== 15) return malformed('length')
  if (!/^\d{15}$/.test(normal)) return malformed('charset')
  if (!hasProvince(normal)) return malformed('division')

  const birth = `19${normal.slice(6, 12)}`
  if (!isCalendarDate(birth) || (options.todayYmd !== undefined && birth > options.todayYmd)) return malformed('date')
  if (Number(birth.slice(0, 4)) < (options.minBirthYear ?? 0)) return malformed('date')

  const body = normal.slice(0, 6) + birth + normal.slice(12)
  const warnings = ['century-assumed']
  if (normal.endsWith('000')) {
    if (options.strict) return malformed('sequence')
    warnings.push('sequence')
  }
  const division = normal.slice(0, 6)
  return { ok: true, normal, upgraded: body + mod112Check(body), division, birth, sex: sexOf(normal[14]!), warnings }
}
