/** Why a value is not a well-formed identifier of its kind. Words of the published vectors; none of them carries the value. */
export type Fault =
  | 'type'
  | 'length'
  | 'charset'
  | 'prefix'
  | 'division'
  | 'shape'
  | 'date'
  | 'sequence'
  | 'check'
  | 'uscc'
  | 'level'
  | 'root'
  | 'segments'

export interface ParseOptions {
  /** True: the value must already be in normal form. Default false: full width, lower case, spaces and hyphens are tolerated (R116). */
  strict?: boolean
  /** Today in China, `YYYYMMDD`; a later birth date is refused. Without it no date counts as future: the clock is the caller's. */
  todayYmd?: string
  /** Earliest year of birth believed; default 1850, since registers reach back to people born in the 19th century. */
  minBirthYear?: number
}

export interface Malformed {
  ok: false
  fault: Fault
}
/** `ok` says "well formed", never "exists" or "belongs to this name" (R124). `warnings` are findings for the quality report. */
export type Parsed<Parts> = ({ ok: true; normal: string; warnings: string[] } & Parts) | Malformed

export const malformed = (fault: Fault): Malformed => ({ ok: false, fault })

/** Longest text worth normalising: beyond it no identifier is meant, and NFKC of a megabyte is a cost we need not pay. */
const LONGEST = 256
const SPACES = /[\s\u200B-\u200D\u2060\uFEFF]+/g
const HYPHENS = /[-\u2010-\u2015\u2212]+/g

/** The value as machines hold it: half width, upper case, no spaces, and no hyphens unless they belong to the kind. */
export function normalForm(value: string, { strict = false }: ParseOptions, keep?: 'hyphens'): string {
  if (strict || value.length > LONGEST) return value
  const compact = value.normalize('NFKC').replace(SPACES, '').toUpperCase()
  return keep === 'hyphens' ? compact.replace(HYPHENS, '-') : compact.replace(HYPHENS, '')
}
