import { describe, expect, it } from 'vitest'
import type { DatasetEntry, DerivedRule } from '../../gateway/catalog/types.ts'
import { derive } from '../../gateway/shaping/derive.ts'

const NOW = Date.parse('2026-11-20T02:00:00Z')
const datasetWith = (rule: DerivedRule): DatasetEntry =>
  ({ id: 'd', derived: [{ id: 'x', rule }] }) as unknown as DatasetEntry
const months = (...values: string[]) => values.map((month) => ({ month, paid: true }))
const lastTwelve = Array.from({ length: 12 }, (_, back) => {
  const at = 2026 * 12 + 9 - back
  return `${Math.floor(at / 12)}${String((at % 12) + 1).padStart(2, '0')}`
})

describe('derived fields', () => {
  const twelve: DerivedRule = {
    kind: 'consecutive-months',
    field: 'month',
    months: 12,
    endingWithinMonths: 2,
    where: [{ field: 'paid', equals: true }],
  }
  it.each<{ name: string; rule: DerivedRule; rows: Record<string, unknown>[]; want: unknown }>([
    { name: 'twelve months in a row up to last month', rule: twelve, rows: months(...lastTwelve), want: true },
    { name: 'the order of rows does not matter', rule: twelve, rows: months(...lastTwelve.toReversed()), want: true },
    {
      name: 'a month twice counts once',
      rule: twelve,
      rows: months(...lastTwelve.slice(1), lastTwelve[1]!),
      want: false,
    },
    {
      name: 'one missing month breaks the run',
      rule: twelve,
      rows: months(...lastTwelve.filter((_, i) => i !== 5)),
      want: false,
    },
    {
      name: 'an unpaid month is missing',
      rule: twelve,
      rows: months(...lastTwelve).map((row, i) => (i === 3 ? { ...row, paid: false } : row)),
      want: false,
    },
    {
      name: 'a run that ended too long ago',
      rule: twelve,
      rows: months(
        '202406',
        '202405',
        '202404',
        '202403',
        '202402',
        '202401',
        '202312',
        '202311',
        '202310',
        '202309',
        '202308',
        '202307',
      ),
      want: false,
    },
    {
      name: 'future months do not help',
      rule: { ...twelve, months: 2 },
      rows: months('202612', '202701'),
      want: false,
    },
    {
      name: 'what is not a month is missing',
      rule: { ...twelve, months: 1 },
      rows: months('202613', 'x'),
      want: false,
    },
    {
      name: 'any row that meets every condition',
      rule: {
        kind: 'any',
        where: [
          { field: 'use', in: ['住宅'] },
          { field: 'area', atLeast: 10 },
        ],
      },
      rows: [
        { use: '住宅', area: 9 },
        { use: '住宅', area: 90 },
      ],
      want: true,
    },
    {
      name: 'no row meets all conditions',
      rule: {
        kind: 'any',
        where: [
          { field: 'use', equals: '住宅' },
          { field: 'area', atLeast: 10 },
        ],
      },
      rows: [
        { use: '住宅', area: 9 },
        { use: '商业', area: 90 },
      ],
      want: false,
    },
    {
      name: 'an absent value meets nothing',
      rule: { kind: 'count', where: [{ field: 'use', equals: '住宅' }] },
      rows: [{}],
      want: 0,
    },
    {
      name: 'a number is not compared with a string',
      rule: { kind: 'count', where: [{ field: 'area', atLeast: '1' }] },
      rows: [{ area: 5 }],
      want: 0,
    },
    {
      name: 'sum in fen',
      rule: { kind: 'sum', field: 'fen', where: [] },
      rows: [{ fen: 100 }, { fen: 23 }],
      want: 123,
    },
    {
      name: 'latest month',
      rule: { kind: 'latest', field: 'month', where: [] },
      rows: months('202601', '202609', '202512'),
      want: '202609',
    },
    {
      name: 'earliest of nothing is null',
      rule: { kind: 'earliest', field: 'month', where: [] },
      rows: [],
      want: null,
    },
    { name: 'age on the birthday', rule: { kind: 'age', field: 'birth' }, rows: [{ birth: '20081120' }], want: 18 },
    { name: 'age the day before', rule: { kind: 'age', field: 'birth' }, rows: [{ birth: '20081121' }], want: 17 },
    {
      name: 'a birth in the future has no age',
      rule: { kind: 'age', field: 'birth' },
      rows: [{ birth: '20270101' }],
      want: null,
    },
  ])('$name', ({ rule, rows, want }) => {
    expect(derive(datasetWith(rule), 'x', rows, NOW)).toBe(want)
  })

  it('counts in China time: 2026-11-19 20:00 UTC is already the 20th', () => {
    const age: DerivedRule = { kind: 'age', field: 'birth' }
    expect(derive(datasetWith(age), 'x', [{ birth: '20081120' }], Date.parse('2026-11-19T20:00:00Z'))).toBe(18)
    expect(derive(datasetWith(age), 'x', [{ birth: '20081120' }], Date.parse('2026-11-19T15:59:59Z'))).toBe(17)
  })
})
