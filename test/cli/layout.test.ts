import { describe, expect, it } from 'vitest'
import { toCsv } from '../../gateway/cli/grants/csv.ts'
import { chinaTerm, chinaTime } from '../../gateway/cli/layout/china-time.ts'
import { printableJson } from '../../gateway/cli/layout/printable.ts'
import { columns } from '../../gateway/cli/layout/table.ts'
import { widthOf } from '../../gateway/cli/layout/width.ts'

describe('layout', () => {
  it.each([
    { text: 'abc', want: 3 },
    { text: '户主姓名', want: 8 },
    { text: '（日）', want: 6 },
    { text: '\u001b[31m红\u001b[39m', want: 2 },
    { text: '𠮷', want: 2 },
    { text: 'e\u0301', want: 1 },
  ])('$text takes $want columns', ({ text, want }) => expect(widthOf(text)).toBe(want))

  it('keeps columns in line, whatever the script', () => {
    expect(
      columns([
        ['户主', 'x'],
        ['id', 'y'],
      ]),
    ).toEqual(['户主  x', 'id    y'])
  })
  it('takes out of foreign text what a terminal would obey', () => {
    const evil = 'a\u001b[2J\r\nb\u202ec\u0007'
    expect(printableJson({ [evil]: [evil, 1, null] })).toEqual({ 'a [2J b c ': ['a [2J b c ', 1, null] })
  })
})

describe('times', () => {
  it('are China time', () => expect(chinaTime(Date.UTC(2026, 0, 31, 16, 30))).toBe('2026-02-01 00:30:00'))
  it('a term from midnight to midnight is written with its last day', () => {
    expect(chinaTerm({ from: '2025-12-31T16:00:00Z', until: '2026-12-31T16:00:00Z' })).toEqual({
      from: '2026-01-01',
      until: '2026-12-31',
    })
  })
  it('any other term to the minute', () => {
    expect(chinaTerm({ from: '2026-01-01T00:00:00Z', until: '2026-06-01T04:30:00Z' })).toEqual({
      from: '2026-01-01 08:00',
      until: '2026-06-01 12:30',
    })
  })
})

describe('CSV', () => {
  it('begins with the byte order mark, quotes what needs it, defuses formulas', () => {
    expect(toCsv([['a', '=1+1', '+x', '-x', '@x', '\tx', 'say "hi"', 'a,b', 'line\nbreak', '中']])).toBe(
      '\ufeffa,\'=1+1,\'+x,\'-x,\'@x,\'\tx,"say ""hi""","a,b","line\nbreak",中\r\n',
    )
  })
})
