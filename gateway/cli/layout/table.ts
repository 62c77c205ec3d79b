import type { Terminal } from '../terminal.ts'
import { padTo, widthOf } from './width.ts'

/** Columns under dim headings, two spaces apart; no frames, so that rows can be cut and pasted. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], terminal: Terminal): string {
  const lines = columns([heads.map(terminal.dim), ...rows])
  return lines.join('\n')
}

/** Rows in line with each other; the last cell is not padded. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, place) => {
      widths[place] = Math.max(widths[place] ?? 0, widthOf(cell))
    })
  }
  return rows.map((row) =>
    row
      .map((cell, place) => (place === row.length - 1 ? cell : padTo(cell, widths[place]!)))
      .join('  ')
      .trimEnd(),
  )
}

export const indent = (text: string, by = '  '): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n')
