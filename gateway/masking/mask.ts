import type { MaskRule } from '../catalog/types.ts'
import { maskAddress } from './address.ts'
import { maskName } from './name.ts'

/** Any masked number or boolean: its length would tell `true` from `false`, and how many digits a sum has. */
const HIDDEN_SCALAR = '****'

/** Masks by kind; each gives `undefined` for a value that does not fit its kind. */
const KINDS: Record<Exclude<MaskRule, 'none' | 'full'>, (value: string) => string | undefined> = {
  name: maskName,
  citizenId18: (value) => (/^\d{17}[\dXx]$/.test(value) ? keepEnds(value, 6, 4) : undefined),
  phone: (value) => (/^1\d{10}$/.test(value) ? keepEnds(value, 3, 4) : undefined),
  landline: (value) => (/^0\d{2,3}-\d{7,8}$/.test(value) ? keepEnds(value, value.indexOf('-') + 1, 3) : undefined),
  bankCard: (value) => (/^\d{13,19}$/.test(value) ? keepEnds(value, 6, 4) : undefined),
  email: maskEmail,
  uscc18: (value) => (/^[0-9A-HJ-NPQRTUWXY]{18}$/i.test(value) ? keepEnds(value, 8, 4) : undefined),
  address: maskAddress,
  plate: (value) =>
    /^\p{Script=Han}[A-Z][0-9A-Z\p{Script=Han}]{5,6}$/u.test(value) ? keepEnds(value, 2, 2) : undefined,
  ip: (value) =>
    /^(?:\d{1,3}\.){3}\d{1,3}$/.test(value) ? `${value.slice(0, value.lastIndexOf('.') + 1)}*` : undefined,
}

/**
 * What a reader sees of a value under a mask.
 *
 * Shape:  by Unicode character, keeping the length except for the last part of an address on the network; a value that does not fit its
 *         kind, and any value under a rule not known here, is masked whole (R136, R137). `null` stays `null`: nothing is hidden in it.
 *         Numbers and booleans are `****` unless they fit their kind as text. `none` gives the value as text; callers need not ask.
 * Errors: none; it never throws, so that no fault of a mask can let a value out in an error.
 * Source: project convention (no national standard fixes the patterns); vectors MSK-01 … MSK-13.
 */
export function mask(rule: MaskRule, value: string | number | boolean | null): string | null {
  if (value === null || value === undefined) return null
  if (rule === 'none') return String(value)
  const kind = rule !== 'full' && Object.hasOwn(KINDS, rule) ? KINDS[rule] : undefined
  const masked = kind?.(String(value))
  if (masked !== undefined) return masked
  return typeof value === 'string' ? stars(value) : HIDDEN_SCALAR
}

/** One star for each Unicode character (code point, not UTF-16 unit). */
function stars(text: string): string {
  return '*'.repeat([...text].length)
}

function keepEnds(text: string, first: number, last: number): string {
  const characters = [...text]
  const hidden = characters.length - first - last
  return characters.slice(0, first).join('') + '*'.repeat(hidden) + characters.slice(first + hidden).join('')
}

/** First character and domain; a name of one character would be shown whole, so it is hidden. */
function maskEmail(value: string): string | undefined {
  const match = /^([^\s@]+)@([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+)$/.exec(value)
  if (!match) return undefined
  const local = [...match[1]!]
  const shown = local.length > 1 ? local[0] : '*'
  return `${shown}${'*'.repeat(local.length - 1)}@${match[2]}`
}
