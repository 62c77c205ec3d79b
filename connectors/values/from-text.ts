import { type DateForm, readDate, readInstant } from './dates.ts'

/** How databases and files write dates that no config describes; time stamps must already be in China's civil time. */
const FORMS: readonly DateForm[] = ['yyyy-MM-dd', 'yyyyMMdd', 'yyyyMM', 'yyyy-MM']
const ZONED = /^(\d{4}-\d{2}-\d{2})[ T]\d{2}:\d{2}.*$/

/** How each kind of source writes true and false. */
export type BooleanTexts = Readonly<Record<string, boolean>>
export const POSTGRES_BOOLEANS: BooleanTexts = { t: true, true: true, f: false, false: false }
export const PLAIN_BOOLEANS: BooleanTexts = { '1': true, true: true, '0': false, false: false }

/**
 * Turns a source's text into the type the field is declared with.
 *
 * Every value arrives as text (no driver type parsing), so a number of 20 digits keeps them all. What does not read as
 * the declared type is passed on untouched, for `shape` to refuse as `provider.contract`.
 */
export function fromText(text: string | null, type: string, booleans: BooleanTexts): unknown {
  if (text === null) return null
  switch (type) {
    case 'integer':
      return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text
    case 'boolean':
      return Object.hasOwn(booleans, text) ? booleans[text] : text
    case 'date':
    case 'month':
      return asDate(text, type)
    default:
      return text
  }
}

function asDate(text: string, target: 'date' | 'month'): string {
  const day = ZONED.exec(text)?.[1] ?? text
  for (const form of FORMS) {
    const read = readDate(day, form, target)
    if (read !== undefined) return read
  }
  return text
}

/** Milliseconds since the epoch of a time stamp with zone, a time stamp in China time, or a date; `undefined` for anything else. */
export function instantFromText(text: string): number | undefined {
  const zoned = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?([+-]\d{2})(?::?(\d{2}))?$/.exec(text)
  if (zoned !== null) {
    const [, day, time, hours, minutes = '00'] = zoned
    const atMs = Date.parse(`${day}T${time}${hours}:${minutes}`)
    return Number.isNaN(atMs) ? undefined : atMs
  }
  return readInstant(text, 'yyyy-MM-dd HH:mm:ss') ?? readInstant(text, 'yyyy-MM-dd')
}
