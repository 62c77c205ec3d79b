import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'
import { parseUscc } from './uscc.ts'

export interface BasicItemCode {
  basicCode: string
  /** 2 characters; `00` for the nation. */
  basicDivision: string
  itemType: string
  mainItem: string
  /** `000` without sub-items, `00Y` for a container of them. */
  subItem: string
}
export interface ItemCode extends BasicItemCode {
  /** Unified code of the body that acts. */
  body: string
  /** Exercise level 1–7. */
  level: string
  /** The 33-character form's 办理项, else `null`. */
  handlingItem: string | null
}

/** The 12-character basic code (基本编码): 2 division, 2 type, 5 main item, 3 sub-item. */
export function parseBasicItemCode(value: string, options: ParseOptions = {}): Parsed<BasicItemCode> {
  const normal = normalForm(value, options)
  if (normal.length !== 12) return malformed('length')
  if (!/^[0-9A-Z]{12}$/.test(normal)) return malformed('charset')
  return { ok: true, normal, ...basicParts(normal), warnings: [] }
}

/**
 * The code of a service item as a body carries it out (实施编码, 31) or as a counter handles it (办理项编码, 33). R127, R128.
 *
 * Shape:  18 unified code, 1 exercise level, 12 basic code, and 2 handling item in the long form. It has no check digit of its own.
 * Source: GB/T 39554.1-2020.
 */
export function parseItemCode(value: string, options: ParseOptions = {}): Parsed<ItemCode> {
  const normal = normalForm(value, options)
  if (normal.length !== 31 && normal.length !== 33) return malformed('length')
  if (!/^[0-9A-Z]{31}(?:\d\d)?$/.test(normal)) return malformed('charset')
  const body = normal.slice(0, 18)
  const uscc = parseUscc(body, { strict: true })
  if (!uscc.ok) return malformed('uscc')
  const level = normal[18]!
  if (!/[1-7]/.test(level)) return malformed('level')
  const handlingItem = normal.length === 33 ? normal.slice(31) : null
  return { ok: true, normal, body, level, ...basicParts(normal.slice(19, 31)), handlingItem, warnings: uscc.warnings }
}

const basicParts = (basicCode: string): BasicItemCode => ({
  basicCode,
  basicDivision: basicCode.slice(0, 2),
  itemType: basicCode.slice(2, 4),
  mainItem: basicCode.slice(4, 9),
  subItem: basicCode.slice(9, 12),
})
