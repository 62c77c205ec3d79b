import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CalendarEntry } from '../../gateway/catalog/further-types.ts'
import { workingDayAfter } from '../../gateway/events/working-days.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): unknown => JSON.parse(readFileSync(resolve(root, path), 'utf8'))
const calendars = new Map(
  ['2025', '2026'].map((year) => [year, read(`catalogs/calendars/${year}.json`)] as [string, CalendarEntry]),
)

interface Due {
  id: string
  duty: string
  eventDate: string
  workingDays: number
  dueDate: string
}
function collect(value: unknown): Due[] {
  if (Array.isArray(value)) return value.flatMap(collect)
  if (typeof value !== 'object' || value === null) return []
  if ('id' in value && String(value.id).startsWith('DUE-') && 'dueDate' in value) return [value as Due]
  return Object.values(value).flatMap(collect)
}

describe('working days', () => {
  it.each(collect(read('test/vectors/identifier-vectors.json')).filter(({ dueDate }) => dueDate !== null))(
    '$id $duty',
    ({ eventDate, workingDays, dueDate }) => {
      const plain = (day: string): string => day.replaceAll('-', '')
      expect(workingDayAfter(calendars, plain(eventDate), workingDays)).toBe(plain(dueDate))
    },
  )

  it('has no answer where a year on the way has no calendar', () => {
    expect(workingDayAfter(calendars, '20261230', 10)).toBeNull()
    expect(workingDayAfter(new Map(), '20260427', 1)).toBeNull()
  })
})
