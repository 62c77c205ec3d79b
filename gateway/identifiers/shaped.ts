import { malformed, normalForm, type Parsed, type ParseOptions } from './parsing.ts'

/** Kinds of identifier of which only the shape is known: no check digit, or none published. */
const SHAPES = {
  passport: { lengths: [5, 17], pattern: /^[0-9A-Z]+$/ },
  /** 出生医学证明: a letter and nine digits. */
  'birth-certificate': { lengths: [10, 10], pattern: /^[A-Z]\d{9}$/ },
  /** 不动产单元号: 6 county, 3 cadastral area, 3 sub-area, 2 parcel letters, 5 parcel, 1 fixture letter, 4 building, 4 unit. GB/T 37346-2019. */
  'real-estate-unit': { lengths: [28, 28], pattern: /^\d{12}[GJZ][A-Z]\d{5}[FLQW]\d{8}$/ },
  /** 投资项目统一代码: year and month, division, kind, sequence. */
  'project-code': { lengths: [24, 24], pattern: /^\d{4}-\d{6}-\d{2}-\d{2}-\d{6}$/ },
} as const

export type ShapedKind = keyof typeof SHAPES

/** A value judged by its shape alone. A project code keeps its hyphens, and they must be there; the others carry none. */
export function parseShaped(kind: ShapedKind, value: string, options: ParseOptions = {}): Parsed<object> {
  const { lengths, pattern } = SHAPES[kind]
  const normal = kind === 'project-code' ? normalForm(value, options, 'hyphens') : normalForm(value, options)
  if (normal.length < lengths[0] || normal.length > lengths[1]) return malformed('length')
  return pattern.test(normal) ? { ok: true, normal, warnings: [] } : malformed('shape')
}
