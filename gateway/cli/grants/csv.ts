/** Tells spreadsheets that the file is UTF-8; without it Chinese becomes noise in them. */
const BOM = '\ufeff'

/**
 * Rows as a spreadsheet reads them (RFC 4180).
 *
 * A cell that begins with `=`, `+`, `-`, `@`, tab or return gets an apostrophe in front: spreadsheets would take it for a formula and run it.
 */
export const toCsv = (rows: readonly (readonly string[])[]): string =>
  BOM + rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')

function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
