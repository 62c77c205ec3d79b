import { isCalendarDate } from '../../identifiers/calendar-date.ts'
import { type EntryFault, fault } from '../fault.ts'
import { mustExist, type Rule } from './context.ts'
import { dateMustExist } from './dates.ts'

const ABOVE = { province: null, city: 'province', county: 'city' } as const

/** A division lies under one of the level above it, and its validity runs forward. */
export const divisionRule: Rule<'divisions'> = function* (division, context) {
  const above = ABOVE[division.level]
  if (division.parent === null) {
    if (above !== null) yield fault(['parent'], 'division', '缺少上级', 'a parent is required')
  } else {
    yield* mustExist(context, 'divisions', division.parent, ['parent'])
    const parent = context.get('divisions', division.parent)
    if (parent !== undefined && parent.level !== above) {
      yield fault(['parent'], 'division', '上级的层级不对', 'the parent is of the wrong level')
    }
  }
  yield* dateMustExist(division.validFrom, ['validFrom'])
  yield* dateMustExist(division.validTo, ['validTo'])
  if (division.validTo !== null && division.validTo < division.validFrom) {
    yield fault(['validTo'], 'division', '停用日期早于启用日期', 'ends before it begins')
  }
}

/** Days of a calendar lie in its year; what is worked is a weekend that is not off. */
export const calendarRule: Rule<'calendars'> = function* (calendar) {
  for (const [i, { from, to }] of calendar.off.entries()) {
    yield* dayOfYear(calendar.id, from, ['off', i, 'from'])
    yield* dayOfYear(calendar.id, to, ['off', i, 'to'])
    if (to < from) yield fault(['off', i, 'to'], 'calendar', '止日早于起日', 'ends before it begins')
  }
  for (const [i, day] of calendar.workingWeekends.entries()) {
    const path = ['workingWeekends', i]
    yield* dayOfYear(calendar.id, day, path)
    if (isCalendarDate(day) && !isWeekend(day)) yield fault(path, 'calendar', '不是周末', 'is not a weekend day')
    if (calendar.off.some(({ from, to }) => from <= day && day <= to)) {
      yield fault(path, 'calendar', '同一天既放假又上班', 'is both off and worked')
    }
  }
}

function* dayOfYear(year: string, day: string, path: EntryFault['path']): Iterable<EntryFault> {
  yield* dateMustExist(day, path)
  if (!day.startsWith(year)) yield fault(path, 'calendar', `不在 ${year} 年内`, `is not in the year ${year}`)
}

/** Days of the week are the calendar's, not a zone's: UTC is only a way to count. */
function isWeekend(day: string): boolean {
  const weekday = new Date(
    Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6))),
  ).getUTCDay()
  return weekday === 0 || weekday === 6
}
