import { describe, expect, it } from 'vitest'
import { formatFieldName, parseFieldName, resolveField } from '../../gateway/catalog/field-ref.ts'
import { sampleDataset } from './fixture.ts'

const dataset = sampleDataset()
const catalog = { datasets: new Map([[dataset.id, dataset]]) }

describe('parseFieldName', () => {
  it.each([
    { name: 'tax-status.state', want: { role: null, dataset: 'tax-status', field: 'state' } },
    { name: 'guardian:real-estate.unitNo', want: { role: 'guardian', dataset: 'real-estate', field: 'unitNo' } },
    { name: 'spouse-2:marriage.state', want: { role: 'spouse-2', dataset: 'marriage', field: 'state' } },
    { name: 'tax-status', want: undefined },
    { name: 'tax-status.state.more', want: undefined },
    { name: 'Tax-status.state', want: undefined },
    { name: ':tax-status.state', want: undefined },
    { name: 'a:b:tax-status.state', want: undefined },
    { name: 'Guardian:tax-status.state', want: undefined },
    { name: 'tax-status.__proto__', want: undefined },
    { name: 'tax-status.state\n', want: undefined },
    { name: '', want: undefined },
  ])('reads `$name`', ({ name, want }) => {
    expect(parseFieldName(name)).toEqual(want)
    if (want !== undefined) expect(formatFieldName(want)).toBe(name)
  })
})

describe('resolveField', () => {
  it('finds source fields and derived ones', () => {
    expect(resolveField(catalog, 'sample-insurance.amount')).toEqual({
      ok: true,
      field: { name: 'sample-insurance.amount', role: null, dataset, field: 'amount', derived: false },
    })
    expect(resolveField(catalog, 'spouse:sample-insurance.paid12')).toMatchObject({
      ok: true,
      field: { role: 'spouse', field: 'paid12', derived: true },
    })
  })

  it.each([
    { name: 'sample-insurance.nothing', fault: 'field' },
    { name: 'sample-insurance.constructor', fault: 'field' },
    { name: 'other-dataset.amount', fault: 'dataset' },
    { name: 'sample-insurance', fault: 'form' },
  ])('says what is wrong with `$name`', ({ name, fault }) => {
    expect(resolveField(catalog, name)).toEqual({ ok: false, fault })
  })
})
