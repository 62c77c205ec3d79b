const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** True when `YYYYMMDD` names a day of the Gregorian calendar. Digits only: a date never becomes an instant (R97). */
export function isCalendarDate(ymd: string): boolean {
  if (!/^\d{8}$/.test(ymd)) return false
  const year = Number(ymd.slice(0, 4))
  const month = Number(ymd.slice(4, 6))
  const day = Number(ymd.slice(6, 8))
  if (year === 0 || month < 1 || month > 12 || day < 1) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= DAYS[month - 1]! + (leap ? 1 : 0)
}
