import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

const WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]

export interface OrganisationCode {
  /** PDY00001–PDY99999: left to private use, belongs to no registered organisation, not an exchange key in production (R121). */
  privateRange: boolean
  /** As printed, with the hyphen. */
  display: string
}

/** Check character of 8 characters; letters count A=10 … Z=35 with none left out. Source: GB 11714-1997. */
export function organisationCheck(body8: string): string {
  let sum = 0
  for (let i = 0; i < 8; i++) sum += Number.parseInt(body8[i]!, 36) * WEIGHTS[i]!
  const check = 11 - (sum % 11)
  return check === 10 ? 'X' : check === 11 ? '0' : String(check)
}

export const isPrivateRange = (body8: string): boolean => /^PDY\d{5}/.test(body8) && !body8.startsWith('PDY00000')

/** The organisation code (组织机构代码): 8 characters and 1 check. Source: GB 11714-1997. */
export function parseOrganisationCode(value: string, options: ParseOptions = {}): Parsed<OrganisationCode> {
  const normal = normalForm(value, options)
  if (normal.length !== 9) return malformed('length')
  if (!/^[0-9A-Z]{8}[0-9X]$/.test(normal)) return malformed('charset')
  if (organisationCheck(normal) !== normal[8]) return malformed('check')
  const display = `${normal.slice(0, 8)}-${normal[8]}`
  return { ok: true, normal, privateRange: isPrivateRange(normal), display, warnings: [] }
}
