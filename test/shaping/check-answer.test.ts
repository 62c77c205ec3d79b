import { describe, expect, it } from 'vitest'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import type { DatasetAnswer } from '../../gateway/exchange.ts'
import { BROKEN_WHOLE, checkAnswer, checksOf } from '../../gateway/shaping/check-answer.ts'
import { sampleDataset, sexes } from '../catalog/fixture.ts'

const sample = sampleDataset()
const field = (id: string, more: object = {}): DatasetEntry['fields'][number] => ({
  ...sample.fields[0]!,
  id,
  name: id,
  type: 'string',
  ...more,
})
const dataset: DatasetEntry = {
  ...sample,
  id: 'register',
  provider: 'rc-gaj',
  fields: [
    field('id', { identifier: 'resident-id' }),
    field('uscc', { identifier: 'uscc', nullable: true }),
    field('sex', { codeList: 'sex' }),
    field('since', { type: 'date', nullable: true }),
  ],
  derived: [],
}
const GOOD = { id: '371099198803120026', uscc: '91370000MA00000029', sex: '1', since: '20200101' }
const answer = (...records: unknown[]): DatasetAnswer => ({
  key: 'register',
  role: null,
  dataset,
  status: 'ok',
  records: records as Record<string, unknown>[],
  asOfMs: 0,
  fetchedAtMs: 0,
  cache: 'miss',
})
const WANTED = ['id', 'since', 'sex', 'uscc']
const check = (...records: unknown[]) => checkAnswer(answer(...records), WANTED, new Map([['sex', sexes]]), '20261120')

describe('checks of an answer', () => {
  it.each<[string, unknown, object, boolean]>([
    ['nothing amiss', { ...GOOD, uscc: null }, { rowsFailed: 0, values: 3, valuesFailed: 0 }, true],
    [
      'absent where it may be is not checked',
      { id: GOOD.id, sex: '1' },
      { rowsFailed: 0, values: 2, valuesFailed: 0 },
      true,
    ],
    [
      'a check digit that is wrong',
      { id: '371099198803120027', sex: '1' },
      { rowsFailed: 1, values: 2, valuesFailed: 1 },
      true,
    ],
    [
      'a birthday that is none',
      { id: '371099198802310023', sex: '1' },
      { rowsFailed: 1, values: 2, valuesFailed: 1 },
      true,
    ],
    ['a code that is none', { id: GOOD.id, sex: '7' }, { rowsFailed: 1, values: 2, valuesFailed: 1 }, false],
    ['absent where it must be', { sex: '1' }, { rowsFailed: 1, values: 2, valuesFailed: 1 }, false],
    [
      'two faults in one row',
      { id: 371099, sex: '1', since: 'May' },
      { rowsFailed: 1, values: 3, valuesFailed: 2 },
      false,
    ],
    ['no row at all', 'maintenance', { rowsFailed: 1, values: 2, valuesFailed: 2 }, false],
  ])('%s', (_name, record, want, fits) => {
    expect(check(record)).toEqual({ fits, checks: { broken: !fits, rows: 1, ...want } })
  })

  it('checks every row, also after one that fails', () => {
    const { checks } = check({ id: GOOD.id, sex: '7' }, { id: GOOD.id, sex: '1' }, { id: 'X', sex: '1' })
    expect(checks).toEqual({ broken: true, rows: 3, rowsFailed: 2, values: 6, valuesFailed: 2 })
  })

  it('looks at wanted fields only', () => {
    const { checks } = checkAnswer(answer({ ...GOOD, id: 'X' }), ['sex'], new Map([['sex', sexes]]), '20261120')
    expect(checks).toMatchObject({ values: 1, valuesFailed: 0 })
  })

  it('adds up by dataset over bearers, and leaves out what was not checked', () => {
    const { checks } = check({ id: 'X', sex: '1' })
    const answers = [
      { ...answer(), checks },
      { ...answer(), key: 'guardian:register', checks },
      { ...answer(), checks: BROKEN_WHOLE },
      answer(GOOD),
    ]
    expect(checksOf(answers)).toEqual([
      {
        provider: 'rc-gaj',
        dataset: 'register',
        answers: 3,
        broken: 1,
        rows: 2,
        rowsFailed: 2,
        values: 4,
        valuesFailed: 2,
      },
    ])
    expect(checksOf([answer(GOOD)])).toEqual([])
  })
})
