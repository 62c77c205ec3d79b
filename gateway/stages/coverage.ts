import type { Catalog, DatasetEntry } from '../catalog/types.ts'

/** 不动产单元代码: 6 division, 3 + 3 cadastral area, 2 letters, 5 parcel, 1 letter, 8 unit; 28 in all. */
const UNIT_NUMBER = /^(\d{6})\d{6}[A-Z]{2}\d{5}[A-Z]\d{8}$/
/** First character of a plate → first two digits of the division codes. */
// biome-ignore format: a table
const PLATE_PROVINCES: Record<string, string> = {
  京: '11', 津: '12', 冀: '13', 晋: '14', 蒙: '15', 辽: '21', 吉: '22', 黑: '23', 沪: '31', 苏: '32', 浙: '33',
  皖: '34', 闽: '35', 赣: '36', 鲁: '37', 豫: '41', 鄂: '42', 湘: '43', 粤: '44', 桂: '45', 琼: '46', 渝: '50',
  川: '51', 贵: '52', 云: '53', 藏: '54', 陕: '61', 甘: '62', 青: '63', 宁: '64', 新: '65',
}
const PLATE = /^(\p{Script=Han})[A-Z][A-Z0-9]{4,6}$/u

/**
 * True when the thing asked about plainly lies outside the divisions the dataset covers, so that asking the source
 * would give a `not-found` that says nothing.
 *
 * Conservative on purpose: only a property unit's number or a plate can show it. A person's number tells where it was
 * issued, not where records are kept, and is never looked at. Division codes change (文登市 became a district under
 * another code), and a number keeps the code of its day: within the province only a code that is valid now counts.
 */
export function liesOutsideCoverage(
  dataset: DatasetEntry,
  inputs: Readonly<Record<string, string>>,
  divisions: Catalog['divisions'],
): boolean {
  const covered = dataset.coverage.divisions
  if (covered.length === 0) return false
  return dataset.inputs.some(({ name, from }) => {
    const value = from === 'key' || from.endsWith('.id') ? inputs[name] : undefined
    return value !== undefined && contradicts(value, covered, divisions)
  })
}

function contradicts(value: string, covered: readonly string[], divisions: Catalog['divisions']): boolean {
  const province = PLATE_PROVINCES[PLATE.exec(value)?.[1] ?? '']
  if (province !== undefined) return covered.every((code) => !code.startsWith(province))
  const division = UNIT_NUMBER.exec(value)?.[1]
  if (division === undefined) return false
  if (covered.every((code) => code.slice(0, 2) !== division.slice(0, 2))) return true
  const known = divisions.get(division)
  if (known === undefined || known.validTo !== null || known.reserved) return false
  return covered.every((code) => !within(division, code))
}

/** 371082 lies within 371082, 371000 and 370000. */
function within(division: string, area: string): boolean {
  return division.startsWith(area.replace(/(?:00){1,2}$/, ''))
}
