import { type BirthAndSex, parseNumber18 } from './citizen-number.ts'
import { normalForm, type Parsed, type ParseOptions } from './parsing.ts'

const AREAS: Record<string, 'HK' | 'MO' | 'TW'> = { '810000': 'HK', '820000': 'MO', '830000': 'TW' }

/**
 * The residence permit of Hong Kong, Macao and Taiwan residents (港澳台居民居住证). The prefix is fixed and no division.
 *
 * Source: 国办发〔2018〕81号; numbering and check follow GB 11643.
 */
export function parseResidencePermit(
  value: string,
  options: ParseOptions = {},
): Parsed<BirthAndSex & { area: 'HK' | 'MO' | 'TW' }> {
  const normal = normalForm(value, options)
  const number = parseNumber18(normal, (text) => (text.slice(0, 6) in AREAS ? undefined : 'division'), options)
  return number.ok ? { ...number, normal, area: AREAS[normal.slice(0, 6)]! } : number
}
