import { describe, expect, it } from 'vitest'
import { columnBesideEntry, type SearchedRecord } from '../../gateway/log/record-columns.ts'

const at = Date.UTC(2026, 10, 20)
const record = (entry: object, columns: SearchedRecord['columns'] = {}): SearchedRecord => ({
  exchangeId: 'x',
  recordedAtMs: at,
  entry: Buffer.from(JSON.stringify(entry)),
  columns,
})

describe('columns beside their entry', () => {
  it.each<{ name: string; of: SearchedRecord; want: string | undefined }>([
    {
      name: 'all alike',
      of: record({ exchangeId: 'x', at: new Date(at).toISOString(), case: 'c' }, { caseNo: 'c' }),
      want: undefined,
    },
    { name: 'a member the entry has not', of: record({}, { scenario: 'P2.1' }), want: undefined },
    { name: 'no grants', of: record({ grants: null }, { grants: [] }), want: undefined },
    { name: 'other grants', of: record({ grants: ['g1'] }, { grants: ['g2'] }), want: 'grants' },
    { name: 'another id', of: record({ exchangeId: 'y' }), want: 'exchange_id' },
    { name: 'another time', of: record({ at: '2026-11-19T00:00:00Z' }), want: 'recorded_at' },
    { name: 'null for a value', of: record({ code: 'access.denied' }, { code: null }), want: 'code' },
    { name: 'a value for null', of: record({ code: null }, { code: 'access.denied' }), want: 'code' },
  ])('$name', ({ of, want }) => expect(columnBesideEntry(of)).toBe(want))
})
