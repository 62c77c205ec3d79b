import { contractBroken } from '../failures.ts'
import type { ColumnMap } from '../values/column-map.ts'
import { instantFromText } from '../values/from-text.ts'

/** What a query answered, every value as the server's text. By position: a column may bear any name, two may bear the same. */
export interface TextRows {
  columns: string[]
  rows: (string | null)[][]
}

/** Errors: `provider.contract` when a wanted field has no column. */
export function toRecords(
  { columns: names, rows }: TextRows,
  columns: ColumnMap,
  wanted: readonly string[],
): Record<string, unknown>[] {
  if (rows.length === 0) return []
  const picks = columns.pick(names, wanted)
  const lacking = wanted.filter((field) => !picks.some((pick) => pick.field === field))
  if (lacking.length > 0) throw contractBroken(`the query has no column for ${lacking.join(', ')}`)
  const places = picks.map((pick) => ({ ...pick, at: names.indexOf(pick.column) }))
  return rows.map((row) => Object.fromEntries(places.map(({ at, field, read }) => [field, read(row[at] ?? null)])))
}

/** An answer is as fresh as its oldest row: never claims more than any row bears out. Errors: `provider.contract`. */
export function oldestRow({ columns, rows }: TextRows, column: string | undefined): number | undefined {
  if (column === undefined || rows.length === 0) return undefined
  const at = columns.indexOf(column)
  const moments = rows.map((row) => {
    const atMs = instantFromText(row[at] ?? '')
    if (atMs === undefined) throw contractBroken('the as-of column holds no time')
    return atMs
  })
  return moments.reduce((least, atMs) => Math.min(least, atMs))
}
