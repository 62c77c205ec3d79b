import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

/** First two digits of GB/T 2260 for the mainland and Taiwan; 81 and 82 name no division of a resident's number (R118). */
const PROVINCE = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71)/

/** True when the text begins with a province. */
export const hasProvince = (text: string): boolean => PROVINCE.test(text)

export interface DivisionCode {
  kind: 'national' | 'statistical'
  level: 'province' | 'city' | 'county' | 'township' | 'village'
  /** Code one level up; `null` above a province. A middle level may be a mere grouping (110100, 469000). */
  parent: string | null
}

/**
 * A division code: shape, level and parent. Whether it exists, and when it did, is the table's to say.
 *
 * Shape:  6 digits (GB/T 2260) or 12 (statistical: 6 county, 3 township, 3 village). The two are never cut into each other (R122).
 */
export function parseDivision(value: string, options: ParseOptions = {}): Parsed<DivisionCode> {
  const normal = normalForm(value, options)
  if (normal.length !== 6 && normal.length !== 12) return malformed('length')
  if (!/^\d+$/.test(normal)) return malformed('charset')
  if (!hasProvince(normal) && !/^8[12]/.test(normal)) return malformed('division')

  const city = normal.slice(2, 4)
  const county = normal.slice(4, 6)
  if (city === '00' && county !== '00') return malformed('shape')
  const statistical = normal.length === 12
  const below = levelBelowCounty(normal)
  if (below === 'shape' || (below && county === '00' && city === '00')) return malformed('shape')

  const done = (level: DivisionCode['level'], parent: string | null): Parsed<DivisionCode> => ({
    ok: true,
    normal,
    kind: statistical ? 'statistical' : 'national',
    level,
    parent,
    warnings: [],
  })
  if (below === 'village') return done('village', `${normal.slice(0, 9)}000`)
  if (below === 'township') return done('township', normal.slice(0, 6))
  if (county !== '00') return done('county', `${normal.slice(0, 4)}00`)
  if (city !== '00') return done('city', `${normal.slice(0, 2)}0000`)
  return done('province', null)
}

function levelBelowCounty(code: string): 'township' | 'village' | 'shape' | undefined {
  const township = code.slice(6, 9)
  const village = code.slice(9, 12)
  if (village !== '' && village !== '000') return township === '000' ? 'shape' : 'village'
  return township === '' || township === '000' ? undefined : 'township'
}
