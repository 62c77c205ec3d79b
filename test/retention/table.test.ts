import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { earliestDeletion, longestMonths, STATUTORY_TABLE } from '../../gateway/retention/table.ts'

const { retention } = JSON.parse(
  readFileSync(new URL('../vectors/identifier-vectors.json', import.meta.url), 'utf8'),
) as {
  retention: { vectors: { id: string; recordedOn: string; months: number; earliestDeletion: string; source: string }[] }
}

describe('the retention table', () => {
  it.each(retention.vectors)('$id: $recordedOn for $months months', ({ recordedOn, months, earliestDeletion: day }) => {
    expect(earliestDeletion(recordedOn, months)).toBe(day)
  })

  it('knows the months of every kind of record: the longest rule wins', () => {
    expect(longestMonths('release')).toBe(36)
    expect(longestMonths('administration')).toBe(36)
    expect(longestMonths('refusal')).toBe(6)
    expect(() => longestMonths('release', [])).toThrow(RangeError)
  })

  it('names law and article in both languages', () => {
    for (const { source } of STATUTORY_TABLE) {
      expect(source.zh).toMatch(/第.+条/)
      expect(source.en).toMatch(/art\. \d/)
    }
  })
})
