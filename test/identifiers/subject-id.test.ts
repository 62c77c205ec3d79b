import { describe, expect, it } from 'vitest'
import type { IdType } from '../../gateway/catalog/types.ts'
import { type Fault, normaliseSubjectId } from '../../gateway/identifiers/index.ts'

const TODAY = '20260601'

describe('normaliseSubjectId', () => {
  it.each<{ type: IdType; value: string; normal: string; convertedFrom?: string }>([
    { type: 'resident-id', value: '371099201907120017', normal: '371099201907120017' },
    { type: 'resident-id', value: ' 370811 18800228 1031 ', normal: '370811188002281031' },
    { type: 'resident-id', value: '１１０１０１１８８２０２２８１０７ｘ', normal: '11010118820228107X' },
    { type: 'resident-id', value: '370811000228001', normal: '370811190002280015', convertedFrom: '370811000228001' },
    { type: 'resident-id', value: '370811-000228-001', normal: '370811190002280015', convertedFrom: '370811000228001' },
    { type: 'residence-permit-hmt', value: '810000188503150114', normal: '810000188503150114' },
    { type: 'foreign-permanent-resident', value: '937840188503150016', normal: '937840188503150016' },
    { type: 'foreign-permanent-resident', value: 'usa370085031501', normal: 'USA370085031501' },
    { type: 'passport', value: 'e 1234-5678', normal: 'E12345678' },
    { type: 'birth-certificate', value: 'q370000001', normal: 'Q370000001' },
    { type: 'uscc', value: '11370800pdy001004k', normal: '11370800PDY001004K' },
    { type: 'organisation-code', value: 'PDY00001-X', normal: 'PDY00001X' },
    { type: 'business-registration', value: '370811900000011', normal: '370811900000011' },
    { type: 'real-estate-unit', value: '371082 001001 GB00001 F00010001', normal: '371082001001GB00001F00010001' },
    { type: 'plate', value: '鲁k·12345', normal: '鲁K12345' },
    { type: 'plate', value: '鲁K1234学', normal: '鲁K1234学' },
    { type: 'plate', value: '鲁KD12345', normal: '鲁KD12345' },
    { type: 'plate', value: '鲁K12345F', normal: '鲁K12345F' },
    { type: 'vin', value: '1m8gdm9axkp042788', normal: '1M8GDM9AXKP042788' },
    { type: 'project-code', value: '2511-371082-04-01-123456', normal: '2511-371082-04-01-123456' },
  ])('$type $value is held as $normal', ({ type, value, ...want }) => {
    expect(normaliseSubjectId(type, value, TODAY)).toEqual({ ok: true, ...want })
  })

  it.each<{ type: IdType; value: string; fault: Fault; why: string }>([
    { type: 'resident-id', value: '371099202607120014', fault: 'date', why: 'born after today' },
    { type: 'resident-id', value: '810000188503150114', fault: 'division', why: 'a permit is no resident number' },
    { type: 'resident-id', value: '937840188503150016', fault: 'division', why: 'nor is a foreigner’s card' },
    { type: 'resident-id', value: '', fault: 'length', why: 'empty' },
    { type: 'resident-id', value: '3'.repeat(100_000), fault: 'length', why: 'oversized' },
    { type: 'passport', value: 'E123', fault: 'length', why: 'too short' },
    { type: 'passport', value: '测试12345', fault: 'shape', why: 'Han characters' },
    { type: 'birth-certificate', value: '1370000001', fault: 'shape', why: 'no letter' },
    { type: 'real-estate-unit', value: '371082001001GB00001F0001000', fault: 'length', why: '27 characters' },
    {
      type: 'real-estate-unit',
      value: '371082001001XB00001F00010001',
      fault: 'shape',
      why: 'no such ownership letter',
    },
    { type: 'plate', value: '鲁I12345', fault: 'shape', why: 'letter I' },
    { type: 'plate', value: '鲁K123456', fault: 'shape', why: '8 characters without the letter' },
    { type: 'vin', value: '1M8GDM9AXKP04278O', fault: 'charset', why: 'letter O' },
    { type: 'project-code', value: '25113710820401123456', fault: 'length', why: 'hyphens belong to it' },
  ])('$type is refused as $fault: $why', ({ type, value, fault }) => {
    expect(normaliseSubjectId(type, value, TODAY)).toEqual({ ok: false, fault })
  })
})
