import { isCalendarDate } from './calendar-date.ts'
import { type Malformed, malformed, type ParseOptions } from './parsing.ts'

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** Check character of the first 17 digits. Source: GB 11643-1999, ISO 7064 MOD 11-2. */
export function mod112Check(body17: string): string {
  let sum = 0
  for (let i = 0; i < 17; i++) sum += (body17.charCodeAt(i) - 48) * WEIGHTS[i]!
  return CHECKS[sum % 11]!
}

export interface BirthAndSex {
  /** `YYYYMMDD` */
  birth: string
  sex: 'M' | 'F'
}

/**
 * What the 18-character person numbers have in common: date, sequence and check behind a prefix the caller has judged.
 *
 * Shape: 6 prefix, 8 birth, 3 sequence (odd male), 1 check. Faults in the order in which a clerk would look: length, charset, prefix,
 * date, check, sequence. Sequence 000 was never given out, but stands in old registers: a finding unless strict.
 */
export function parseNumber18(
  normal: string,
  prefix: (normal: string) => 'division' | 'prefix' | undefined,
  { strict = false, todayYmd, minBirthYear = 1850 }: ParseOptions,
): ({ ok: true; warnings: string[] } & BirthAndSex) | Malformed {
  if (normal.length !== 18) return malformed('length')
  if (!/^\d{17}[\dX]$/.test(normal)) return malformed('charset')
  const wrongPrefix = prefix(normal)
  if (wrongPrefix) return malformed(wrongPrefix)

  const birth = normal.slice(6, 14)
  if (!isCalendarDate(birth) || Number(birth.slice(0, 4)) < minBirthYear) return malformed('date')
  if (todayYmd !== undefined && birth > todayYmd) return malformed('date')
  if (mod112Check(normal) !== normal[17]) return malformed('check')

  const unusedSequence = normal.slice(14, 17) === '000'
  if (unusedSequence && strict) return malformed('sequence')
  return { ok: true, birth, sex: sexOf(normal[16]!), warnings: unusedSequence ? ['sequence'] : [] }
}

export const sexOf = (digit: string): 'M' | 'F' => (Number(digit) % 2 === 1 ? 'M' : 'F')
