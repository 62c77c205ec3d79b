import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MaskRule } from '../../gateway/catalog/types.ts'
import { mask } from '../../gateway/masking/mask.ts'
import published from '../vectors/identifier-vectors.json' with { type: 'json' }

const RULES: MaskRule[] = [
  'full',
  'name',
  'citizenId18',
  'phone',
  'landline',
  'bankCard',
  'email',
  'uscc18',
  'address',
  'plate',
  'ip',
]

describe('masking vectors', () => {
  it('are thirteen', () => expect(published.masking.vectors).toHaveLength(13))
  it.each(published.masking.vectors)('$id $kind', ({ kind, value, masked }) =>
    expect(mask(kind as MaskRule, value)).toBe(masked),
  )
})

describe('mask', () => {
  it.each<{ rule: MaskRule; value: string | number | boolean | null; want: string | null; why: string }>([
    { rule: 'full', value: '农业户口', want: '****', why: 'whole' },
    { rule: 'full', value: '𠮷田', want: '**', why: 'a character outside the BMP is one character' },
    { rule: 'full', value: true, want: '****', why: 'a boolean does not show by its length' },
    { rule: 'full', value: 1234567, want: '****', why: 'nor a number' },
    { rule: 'full', value: null, want: null, why: 'nothing stays nothing' },
    { rule: 'full', value: '', want: '', why: 'nor is there anything in an empty text' },
    { rule: 'phone', value: 13800138000, want: '138****8000', why: 'a number that fits its kind as text' },
    { rule: 'phone', value: '1380013800', want: '**********', why: 'ten digits are no mobile number' },
    { rule: 'citizenId18', value: '370811000228001', want: '***************', why: 'the old form has another layout' },
    { rule: 'citizenId18', value: '11010118820228107x', want: '110101********107x', why: 'small x' },
    { rule: 'name', value: '𠮷小明', want: '𠮷**', why: 'a surname outside the BMP' },
    { rule: 'name', value: '欧阳', want: '欧*', why: 'a compound surname alone is not shown whole' },
    { rule: 'name', value: '王', want: '*', why: 'one character alone is not shown' },
    { rule: 'name', value: 'John Smith', want: '**********', why: 'not a name in Han characters' },
    { rule: 'name', value: '测试王小明', want: '测****', why: 'a synthetic person' },
    { rule: 'email', value: 'a@b.cn', want: '*@b.cn', why: 'one character is not shown' },
    { rule: 'email', value: 'not an address', want: '**************', why: 'no at sign' },
    { rule: 'landline', value: '010-12345678', want: '010-*****678', why: 'short area code' },
    { rule: 'plate', value: '鲁KD12345', want: '鲁K****45', why: 'new energy' },
    { rule: 'ip', value: '2001:db8::1', want: '***********', why: 'the other family' },
    { rule: 'bankCard', value: '6205500000000000004', want: '620550*********0004', why: 'nineteen digits' },
    { rule: 'none', value: 5, want: '5', why: 'no mask' },
  ])('$rule: $why', ({ rule, value, want }) => expect(mask(rule, value)).toBe(want))

  it.each([
    ['山东省威海市荣成市崖头街道测试路1号', '山东省威海市荣成市*********'],
    ['山东省荣成市成山大道1号', '山东省荣成市******'],
    ['北京市朝阳区测试路1号', '北京市朝阳区*****'],
    ['上海市浦东新区测试路1号', '上海市浦东新区*****'],
    ['内蒙古自治区呼伦贝尔市鄂温克族自治旗测试路', '内蒙古自治区呼伦贝尔市鄂温克族自治旗***'],
    ['湖北省恩施土家族苗族自治州巴东县测试路1号', '湖北省恩施土家族苗族自治州巴东县*****'],
    ['黑龙江省哈尔滨市道里区测试路1号', '黑龙江省哈尔滨市道里区*****'],
    ['山东省济宁市幸福小区3号', '山东省济宁市******'],
    ['测试路1号测试小区2号楼', '************'],
    ['任城区测试路1号', '********'],
  ])('address %s', (value, want) => expect(mask('address', value)).toBe(want))

  it('masks whole under a rule it does not know', () => {
    expect(mask('constructor' as MaskRule, '370811188002281031')).toBe('*'.repeat(18))
    expect(mask('tomorrow' as MaskRule, '370811188002281031')).toBe('*'.repeat(18))
  })

  it('never throws and never gives back a value it was to hide', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ minLength: 1 }),
      fc.integer(),
      fc.double(),
      fc.boolean(),
    )
    fc.assert(
      fc.property(fc.constantFrom(...RULES.filter((rule) => rule !== 'address')), value, (rule, secret) => {
        const masked = mask(rule, secret)
        expect(masked === String(secret) && !/^\*+$/.test(masked)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
  const han = fc.stringMatching(/^[一-龥]{2,6}$/)
  it.each<{ rule: MaskRule; value: fc.Arbitrary<string>; shown: number }>([
    { rule: 'citizenId18', value: digits(18), shown: 10 },
    { rule: 'phone', value: digits(10).map((rest) => `1${rest}`), shown: 7 },
    { rule: 'bankCard', value: fc.integer({ min: 13, max: 19 }).chain(digits), shown: 10 },
    { rule: 'uscc18', value: digits(18), shown: 12 },
    { rule: 'plate', value: digits(5).map((rest) => `鲁K${rest}`), shown: 4 },
    { rule: 'name', value: han, shown: 2 },
    { rule: 'full', value: fc.string(), shown: 0 },
  ])('$rule shows at most $shown characters, where they stood, and keeps the length', ({ rule, value, shown }) => {
    fc.assert(
      fc.property(value, (secret) => {
        const before = [...secret]
        const after = [...mask(rule, secret)!]
        expect(after).toHaveLength(before.length)
        const kept = after.filter((character, i) => character !== '*' && character === before[i])
        expect(kept.length).toBeLessThanOrEqual(shown)
        expect(after.every((character, i) => character === '*' || character === before[i])).toBe(true)
      }),
    )
  })
})
