import type { CalendarEntry } from '../catalog/further-types.ts'

const DAY_MS = 86_400_000

/**
 * The day by which something is due: the given number of working days after the day of the event.
 *
 * The event's own day does not count; make-up working weekends do, statutory days off do not.
 * `null` when a year on the way has no official calendar: a guess would be a wrong deadline (R39).
 * Source: 国务院办公厅's yearly notices; vectors DUE-01 … DUE-12.
 */
export function workingDayAfter(
  calendars: ReadonlyMap<string, CalendarEntry>,
  eventYmd: string,
  workingDays: number,
): string | null {
  let at = Date.UTC(Number(eventYmd.slice(0, 4)), Number(eventYmd.slice(4, 6)) - 1, Number(eventYmd.slice(6, 8)))
  let left = workingDays
  while (left > 0) {
    at += DAY_MS
    const ymd = new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
    const calendar = calendars.get(ymd.slice(0, 4))
    if (calendar === undefined) return null
    if (isWorkingDay(calendar, ymd, new Date(at).getUTCDay())) left -= 1
  }
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
}

function isWorkingDay({ off, workingWeekends }: CalendarEntry, ymd: string, weekday: number): boolean {
  if (workingWeekends.includes(ymd)) return true
  return weekday !== 0 && weekday !== 6 && !off.some(({ from, to }) => from <= ymd && ymd <= to)
}
