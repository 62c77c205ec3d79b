import { isCalendarDate } from './calendar-date.ts'
import { parseItemCode } from './item-code.ts'
import { malformed, type Parsed, type ParseOptions } from './parsing.ts'

export type CaseNumber = { shape: 'profile'; itemCode: string; date: string; sequence: string } | { shape: 'opaque' }

/** 31 item code, 8 date, 4 sequence: the profile used in Shandong. */
const PROFILE = /^[0-9A-Z]{18}[1-7][0-9A-Z]{12}\d{12}$/

/**
 * The number of a case (办件编号): the 43-character profile taken apart, anything else of 1 to 50 characters as it is.
 *
 * Local numbering is free, so only the outer spaces and full width are normalised; hyphens and case are part of a local number.
 * Errors: `date` when the profile's date does not exist; `uscc` in strict mode (else the finding `uscc`, and the number is opaque).
 * Source: GB/T 39046-2020 (an..50); the profile is a habit, not a law (R129).
 */
export function parseCaseNumber(value: string, options: ParseOptions = {}): Parsed<CaseNumber> {
  const normal = options.strict || value.length > 256 ? value : value.normalize('NFKC').trim()
  const length = [...normal].length
  if (length < 1 || length > 50) return malformed('length')
  if (/\p{C}/u.test(normal)) return malformed('charset')
  const opaque = (warnings: string[]): Parsed<CaseNumber> => ({ ok: true, normal, shape: 'opaque', warnings })

  const profile = normal.toUpperCase()
  if (!PROFILE.test(profile)) return opaque([])
  const item = parseItemCode(profile.slice(0, 31), { strict: true })
  if (!item.ok) return options.strict ? malformed('uscc') : opaque(['uscc'])
  const date = profile.slice(31, 39)
  if (!isCalendarDate(date)) return malformed('date')
  if (options.strict && profile !== normal) return malformed('charset')
  return {
    ok: true,
    normal: profile,
    shape: 'profile',
    itemCode: item.normal,
    date,
    sequence: profile.slice(39),
    warnings: item.warnings,
  }
}
