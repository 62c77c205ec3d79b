import { parseNumber18 } from './citizen-number.ts'
import { hasProvince } from './division.ts'
import { parseLegacyResidentId } from './resident-id.ts'

const PERMIT = /^8[123]0000/
const TOKEN = /[0-9A-Z]+/g
const DIGITS = /^[0-9]+$/
/** What may stand between the groups of one number: exactly one space or hyphen of any kind. */
const SEPARATOR = /^[\s\-\u2010-\u2015\u2212]$/

/**
 * True when free text holds a well-formed personal identifier as a whole token: a resident number of 18 characters or of 15 digits with
 * a real date, a residence permit, or the 18-digit number of a foreign permanent resident.
 *
 * Shape:  a token is a run of ASCII letters and digits after NFKC; Chinese writes no spaces, so a Han character ends a token. Tokens with
 *         one space or hyphen between them are also tried as one number. Invisible characters are taken out first.
 * Cost:   linear; a text with fewer than 15 digits is left at once.
 */
export function containsPersonalIdentifier(text: string, todayYmd?: string): boolean {
  const plain = toPlain(text)
  if (!hasDigits(plain, 15)) return false

  /** Digits of the groups that end at the previous token and touch it. */
  let groups: string[] = []
  let previousEnd = -1
  for (const match of plain.matchAll(TOKEN)) {
    const token = match[0]
    const joins = match.index - previousEnd === 1 && SEPARATOR.test(plain[previousEnd]!)
    previousEnd = match.index + token.length
    if (!joins) groups = []
    if (isPersonal(token, todayYmd)) return true
    if (endsGroupedNumber(groups, token, todayYmd)) return true
    if (token.length < 18 && DIGITS.test(token)) groups.push(token)
    else groups = []
  }
  return false
}

/** Tries the token with the one, two, … groups before it, where they make 15 or 18 characters. */
function endsGroupedNumber(groups: string[], token: string, todayYmd: string | undefined): boolean {
  let length = token.length
  for (let i = groups.length - 1; i >= 0 && length < 18; i--) {
    length += groups[i]!.length
    // Joined only at the two lengths that matter: a run of single digits would otherwise cost seventeen strings per digit.
    if ((length === 15 || length === 18) && isPersonal(groups.slice(i).join('') + token, todayYmd)) return true
  }
  return false
}

function isPersonal(token: string, todayYmd: string | undefined): boolean {
  const options = { strict: true, ...(todayYmd === undefined ? {} : { todayYmd }) }
  if (token.length === 15) return parseLegacyResidentId(token, options).ok
  if (token.length !== 18) return false
  const known = (text: string) => (hasProvince(text) || PERMIT.test(text) || text[0] === '9' ? undefined : 'prefix')
  return parseNumber18(token, known, options).ok
}

function toPlain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is "all of ASCII"
  const ascii = /^[\x00-\x7f]*$/.test(text)
  return (ascii ? text : text.normalize('NFKC').replace(/\p{Cf}/gu, '')).toUpperCase()
}

function hasDigits(text: string, enough: number): boolean {
  let digits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 48 && code <= 57 && ++digits === enough) return true
  }
  return false
}
