import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

const PROVINCES = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼'
/** Letters A–Z without I and O, which look like digits. */
const SERIAL = '[0-9A-HJ-NP-Z]'
const ORDINARY = new RegExp(`^[${PROVINCES}][A-HJ-NP-Z](?:${SERIAL}{5}|${SERIAL}{4}[挂学警港澳])$`)
/** New-energy plates: small vehicles carry the letter first, large ones last. */
const NEW_ENERGY = new RegExp(`^[${PROVINCES}][A-HJ-NP-Z](?:[A-HJK]${SERIAL}\\d{4}|\\d{5}[A-HJK])$`)

/** A civil number plate (机动车号牌): 7 characters, 8 for new-energy vehicles. Source: GA 36-2018. */
export function parsePlate(value: string, options: ParseOptions = {}): Parsed<{ kind: 'ordinary' | 'new-energy' }> {
  const text = normalForm(value, options)
  const normal = options.strict ? text : text.replace(/[·•・.]/g, '')
  if (normal.length !== 7 && normal.length !== 8) return malformed('length')
  if (ORDINARY.test(normal)) return { ok: true, normal, kind: 'ordinary', warnings: [] }
  return NEW_ENERGY.test(normal) ? { ok: true, normal, kind: 'new-energy', warnings: [] } : malformed('shape')
}

const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
/** The n-th group counts n. */
const VIN_LETTERS: Record<string, number> = Object.fromEntries(
  ['AJ', 'BKS', 'CLT', 'DMU', 'ENV', 'FW', 'GPX', 'HY', 'RZ'].flatMap((group, i) =>
    [...group].map((letter) => [letter, i + 1]),
  ),
)

/** A vehicle identification number (车辆识别代号), 17 characters without I, O, Q. A wrong check digit only warns. Source: GB 16735. */
export function parseVin(value: string, options: ParseOptions = {}): Parsed<object> {
  const normal = normalForm(value, options)
  if (normal.length !== 17) return malformed('length')
  if (!/^[0-9A-HJ-NPR-Z]{17}$/.test(normal)) return malformed('charset')
  let sum = 0
  for (let i = 0; i < 17; i++) sum += (VIN_LETTERS[normal[i]!] ?? Number(normal[i])) * VIN_WEIGHTS[i]!
  const check = sum % 11 === 10 ? 'X' : String(sum % 11)
  return { ok: true, normal, warnings: check === normal[8] ? [] : ['check'] }
}
