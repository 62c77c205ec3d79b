import { isCalendarDate } from '../../identifiers/calendar-date.ts'
import { type EntryFault, fault } from '../fault.ts'

/** The schema sees eight digits; 20250230 are eight digits too. */
export function* dateMustExist(value: string | null | undefined, path: EntryFault['path']): Iterable<EntryFault> {
  if (value === undefined || value === null || isCalendarDate(value)) return
  yield fault(path, 'date', `${value} 不是日历上的日期`, `\`${value}\` is no day of the calendar`)
}
