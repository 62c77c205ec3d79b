import { isPrivateRange, parseOrganisationCode } from './organisation-code.ts'
import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

/** 31 characters, without I O S V Z: the same letter counts otherwise than in GB 11714 (Y is 30 here and 34 there). */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]

export interface Uscc {
  registrationAuthority: string
  category: string
  division: string
  orgCode: string
  privateRange: boolean
}

/** Check character of the first 17. Remainder 0 gives `0`. Source: GB 32100-2015. */
export function usccCheck(body17: string): string {
  let sum = 0
  for (let i = 0; i < 17; i++) sum += ALPHABET.indexOf(body17[i]!) * WEIGHTS[i]!
  return ALPHABET[(31 - (sum % 31)) % 31]!
}

/**
 * The unified social credit code (统一社会信用代码), 18 characters.
 *
 * Shape:  1 authority (a digit, A, N, Y), 1 category, 6 division, 9 organisation code, 1 check.
 * Errors: a wrong inner GB 11714 check only warns (`innerOrgCodeCheck`): registers hold such codes (R120).
 */
export function parseUscc(value: string, options: ParseOptions = {}): Parsed<Uscc> {
  const normal = normalForm(value, options)
  if (normal.length !== 18) return malformed('length')
  if (!/^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(normal)) return malformed('charset')
  if (usccCheck(normal) !== normal[17]) return malformed('check')

  const orgCode = normal.slice(8, 17)
  const warnings: string[] = []
  if (!/^[1-9ANY]/.test(normal)) warnings.push('registrationAuthority')
  if (!parseOrganisationCode(orgCode, { strict: true }).ok) warnings.push('innerOrgCodeCheck')
  return {
    ok: true,
    normal,
    registrationAuthority: normal[0]!,
    category: normal[1]!,
    division: normal.slice(2, 8),
    orgCode,
    privateRange: isPrivateRange(orgCode),
    warnings,
  }
}
