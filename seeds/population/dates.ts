/** Arithmetic on `YYYYMMDD` and `YYYYMM` strings. No instants: a birth date has no time zone (R97). */

const pad = (value: number, width: number) => String(value).padStart(width, '0')

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** Joins year, month and day, pulling a day past the month's end back to it. */
export function dateOf(year: number, month: number, day: number): string {
  return `${pad(year, 4)}${pad(month, 2)}${pad(Math.min(day, daysInMonth(year, month)), 2)}`
}

export const yearOf = (date: string): number => Number(date.slice(0, 4))
export const monthOf = (date: string): string => date.slice(0, 6)

/** The same day some years later; 29 February becomes the 28th where there is none. */
export function addYears(date: string, years: number): string {
  return dateOf(yearOf(date) + years, Number(date.slice(4, 6)), Number(date.slice(6, 8)))
}

export function addMonths(month: string, count: number): string {
  const index = Number(month.slice(0, 4)) * 12 + Number(month.slice(4, 6)) - 1 + count
  return `${pad(Math.floor(index / 12), 4)}${pad((index % 12) + 1, 2)}`
}

/** Every month from `from` to `to`, both included; empty when `to` is earlier. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = []
  for (let month = from; month <= to; month = addMonths(month, 1)) months.push(month)
  return months
}

/** The earlier and the later of two dates, or of two months. */
export const earlier = (a: string, b: string): string => [a, b].sort()[0]!
export const later = (a: string, b: string): string => [a, b].sort()[1]!

/** `2026-11-20`, as most foreign systems print dates. */
export const dashed = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`

/** Today in China, which has kept UTC+8 without summer time since 1992. */
export function chinaToday(nowMs: number): string {
  return new Date(nowMs + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
}
