import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keptRows, type ReadValues, regroupedNames, valuesDigest } from '../../gateway/prefill/kept-values.ts'
import type { KeptPrefill, PrefillRequest } from '../../gateway/prefill/types.ts'

type Row = Record<string, string | null>
const digest = (name: string, values: readonly unknown[]): string =>
  createHash('sha256')
    .update(`${name} ${JSON.stringify(values)}`)
    .digest('base64url')
const NAMES = ['real-estate.certificateNo', 'real-estate.location'] as const
const ITEM = 'item'

const reading =
  (rows: Row[], cardinality: 'one' | 'many' = 'many') =>
  (name: string): ReadValues => ({
    ok: true,
    rows,
    field: { role: null, field: name.slice(name.indexOf('.') + 1), dataset: { id: 'real-estate', cardinality } },
  })

function kept(rows: Row[]): KeptPrefill {
  const read = reading(rows)
  return {
    request: {} as PrefillRequest,
    salt: '',
    fields: NAMES.map((name) => ({
      item: ITEM,
      id: name,
      role: '',
      name,
      digest: valuesDigest(name, read(name), digest),
    })),
    rows: keptRows(ITEM, NAMES, read, digest),
    materials: [],
  }
}
/** Names that read as changed. */
function changed(before: KeptPrefill, rows: Row[]): string[] {
  const read = reading(rows)
  const regrouped = regroupedNames(before, ITEM, read, digest)
  return before.fields
    .filter(({ name, digest: then }) => valuesDigest(name, read(name), digest) !== then || regrouped.has(name))
    .map(({ name }) => name)
}

const [A, B]: [Row, Row] = [
  { certificateNo: 'A', location: '测试路 1 号' },
  { certificateNo: 'B', location: '测试路 2 号' },
]
const [NUMBER, PLACE] = NAMES

describe('whether kept values of many rows still hold', () => {
  it.each<{ what: string; before?: Row[]; now: Row[]; mismatch: string[] }>([
    { what: 'the same rows', now: [A, B], mismatch: [] },
    { what: 'the same rows in another order', now: [B, A], mismatch: [] },
    {
      what: 'members of a row in another order',
      now: [{ location: A.location!, certificateNo: 'A' }, B],
      mismatch: [],
    },
    { what: 'a row added', now: [A, B, { certificateNo: 'C', location: '测试路 3 号' }], mismatch: [NUMBER, PLACE] },
    { what: 'a row there twice', now: [A, B, B], mismatch: [NUMBER, PLACE] },
    { what: 'a row removed', now: [A], mismatch: [NUMBER, PLACE] },
    { what: 'no row left', now: [], mismatch: [NUMBER, PLACE] },
    { what: 'one field of a row changed', now: [A, { ...B, location: '测试路 9 号' }], mismatch: [PLACE] },
    { what: 'a value gone', now: [A, { ...B, location: null }], mismatch: [PLACE] },
    {
      what: 'two rows that have exchanged a value',
      now: [
        { ...A, location: B.location! },
        { ...B, location: A.location! },
      ],
      mismatch: [NUMBER, PLACE],
    },
    {
      what: 'a row without any value added',
      now: [A, B, { certificateNo: null, location: null }],
      mismatch: [NUMBER, PLACE],
    },
    {
      what: 'values that run into each other',
      before: [{ certificateNo: 'A","B', location: null }],
      now: [
        { certificateNo: 'A', location: null },
        { certificateNo: 'B', location: null },
      ],
      mismatch: [NUMBER],
    },
  ])('$what', ({ before = [A, B], now, mismatch }) => {
    expect(changed(kept(before), now)).toEqual(mismatch)
  })

  it('says changed exactly when the bags of rows differ, whatever the order', () => {
    const value = fc.constantFrom('A', 'B', null)
    const rows = fc.array(fc.record({ certificateNo: value, location: value }), { maxLength: 4 })
    const bag = (of: Row[]) => of.map((row) => JSON.stringify([row.certificateNo, row.location])).sort()
    fc.assert(
      fc.property(rows, rows, fc.boolean(), (then, other, same) => {
        const now = same ? then.toReversed() : other
        const differs = JSON.stringify(bag(then)) !== JSON.stringify(bag(now))
        expect(changed(kept(then), now).length > 0).toBe(differs)
      }),
    )
  })

  it('leaves pairs alone when one of the fields can no longer be read, and in what was kept without them', () => {
    const before = kept([A, B])
    const swapped = reading([
      { ...A, location: B.location! },
      { ...B, location: A.location! },
    ])
    const partly = (name: string): ReadValues => (name === PLACE ? { ok: false } : swapped(name))
    expect(regroupedNames(before, ITEM, partly, digest)).toEqual(new Set())
    const { rows: _none, ...older } = before
    expect(regroupedNames(older, ITEM, swapped, digest)).toEqual(new Set())
    expect(regroupedNames(before, 'another-item', swapped, digest)).toEqual(new Set())
  })

  it('keeps nothing more of a dataset of one row', () => {
    expect(keptRows(ITEM, NAMES, reading([A], 'one'), digest)).toEqual([])
  })
})
