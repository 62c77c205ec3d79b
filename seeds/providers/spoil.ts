import type { ForeignRow, ServiceMode } from './types.ts'

/** Members a row should not have: two of them personal, so that a gateway that lets them through is found out. */
const EXTRA = {
  bz: '内部备注，仅限本单位使用',
  lxdh: '00000000000',
  gzdw: '测试单位',
  nested: { yhkh: '0000000000000000' },
}

/** What the mode does to rows before they are wrapped. */
export function spoilRows(mode: ServiceMode): (rows: ForeignRow[]) => ForeignRow[] {
  if (mode === 'extra') return (rows) => rows.map((row) => ({ ...row, ...EXTRA }))
  if (mode === 'wrong-types') return (rows) => rows.map((row) => distort(row) as ForeignRow)
  if (mode === 'revoked') return (rows) => rows.map((row) => ('certState' in row ? { ...row, certState: '06' } : row))
  return (rows) => rows
}

function distort(value: unknown): unknown {
  if (typeof value === 'string') return /^\d+$/.test(value) ? Number(value) : [value]
  if (typeof value === 'number') return `${value}点五`
  if (typeof value === 'boolean') return '不详'
  if (value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, distort(inner)]))
}
