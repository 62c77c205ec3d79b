/** UTF-8 BOM: without it spreadsheets on Chinese Windows read the file as GBK. */
export const BOM = '\ufeff'

/**
 * One line of CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe before it.
 *
 * Source: OWASP, CSV injection (= + - @ TAB CR).
 */
export const csvLine = (cells: readonly (string | number | null)[]): string => `${cells.map(csvCell).join(',')}\r\n`

function csvCell(value: string | number | null): string {
  if (value === null) return ''
  const text = String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export interface Watermark {
  /** Who took the file. */
  operator: string
  atMs: number
  /** Index of the export's own record. */
  record: bigint
}

/** What stands in every line of an exported file, so that a cut-out leads back to who took it. */
export const watermarkText = ({ operator, atMs, record }: Watermark): string =>
  `${operator} ${new Date(atMs).toISOString()} #${record}`
