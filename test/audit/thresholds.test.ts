import { mkdtempSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { csvLine } from '../../gateway/audit/csv.ts'
import { neighbourhoodOf } from '../../gateway/audit/neighbourhood.ts'
import { DEFAULT_THRESHOLDS, loadThresholds } from '../../gateway/audit/thresholds.ts'
import { neighbour, stranger } from './audit-city.ts'

describe('thresholds', () => {
  const file = async (content: string): Promise<string> => {
    const path = join(mkdtempSync(join(inject('runDir'), 'thresholds-')), 'thresholds.json')
    await writeFile(path, content)
    return path
  }
  it('are the defaults, with what the file says instead', async () => {
    expect(await loadThresholds(null)).toEqual(DEFAULT_THRESHOLDS)
    expect(await loadThresholds(await file('{"night-bulk":{"subjects":7},"neighbourhoodDays":3}'))).toEqual({
      ...DEFAULT_THRESHOLDS,
      'night-bulk': { records: DEFAULT_THRESHOLDS['night-bulk'].records, subjects: 7 },
      neighbourhoodDays: 3,
    })
  })
  it.each([
    'no json',
    '{"night-bulk":{"subject":7}}',
    '{"nightbulk":{}}',
    '{"night-bulk":{"records":0}}',
    '{"neighbourhoodDays":400}',
  ])('refuses %s', async (content) => {
    await expect(loadThresholds(await file(content))).rejects.toThrow(/阈值文件/)
  })
})

describe('neighbourhood', () => {
  it('is shared by numbers of one county, birthday and hundred, and by no others', () => {
    expect(neighbourhoodOf(neighbour(100))).toBe(neighbourhoodOf(neighbour(199)))
    expect(neighbourhoodOf(neighbour(99))).not.toBe(neighbourhoodOf(neighbour(100)))
    expect(neighbourhoodOf(stranger(1))).not.toBe(neighbourhoodOf(stranger(2)))
  })
  it('of organisations leaves out the last two of the organisation number; other kinds have none', () => {
    expect(neighbourhoodOf({ type: 'organisation', idType: 'uscc', id: '11371082PDY003018B' })).toBe(
      'uscc:11371082PDY003',
    )
    expect(neighbourhoodOf({ type: 'vehicle', idType: 'plate', id: '鲁K12345' })).toBeNull()
  })
})

describe('csv', () => {
  it.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx'])('defuses %j', (cell) => {
    expect(csvLine([cell]).replace(/^"/, '').startsWith(`'${cell[0]}`)).toBe(true)
  })
  it('quotes what needs it', () => {
    expect(csvLine(['a,b', 'c"d', null, 5, 'x\ny'])).toBe('"a,b","c""d",,5,"x\ny"\r\n')
  })
})
