import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

/**
 * A bank card number, 13 to 19 digits with a Luhn digit.
 *
 * Errors: `check` is for the caller to take as a finding: some domestic accounts carry no check digit.
 * Source: ISO/IEC 7812-1.
 */
export function parseBankCard(value: string, options: ParseOptions = {}): Parsed<object> {
  const normal = normalForm(value, options)
  if (normal.length < 13 || normal.length > 19) return malformed('length')
  if (!/^\d+$/.test(normal)) return malformed('charset')
  return luhnSum(normal) % 10 === 0 ? { ok: true, normal, warnings: [] } : malformed('check')
}

/** Every second digit from the right counts twice, nine taken off when that exceeds nine. */
export function luhnSum(digits: string): number {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum
}
