import { describe, expect, it } from 'vitest'
import { answerSchema, answerValidator } from '../../gateway/catalog/answer-schema.ts'
import { sampleDataset, sexes } from './fixture.ts'

const dataset = sampleDataset()
const lists = new Map([['sex', sexes]])

describe('answerValidator', () => {
  it.each<{ name: string; wanted: string[]; record: unknown; valid: boolean }>([
    {
      name: 'a record of the declared types passes',
      wanted: ['name', 'amount'],
      record: { name: '测试甲', amount: 1 },
      valid: true,
    },
    {
      name: 'an integer where a string is declared does not',
      wanted: ['name'],
      record: { name: 371099 },
      valid: false,
    },
    {
      name: 'a string where an integer is declared does not',
      wanted: ['amount'],
      record: { amount: '1' },
      valid: false,
    },
    { name: 'a fraction is no integer', wanted: ['amount'], record: { amount: 1.5 }, valid: false },
    {
      name: 'an integer a double cannot hold is refused',
      wanted: ['amount'],
      record: { amount: 2 ** 60 },
      valid: false,
    },
    {
      name: 'a string one character too long is refused',
      wanted: ['name'],
      record: { name: '测'.repeat(51) },
      valid: false,
    },
    {
      name: 'length counts characters, not UTF-16 units',
      wanted: ['name'],
      record: { name: '𠮷'.repeat(50) },
      valid: true,
    },
    { name: 'a date is eight digits', wanted: ['joinedOn'], record: { joinedOn: '20200131' }, valid: true },
    { name: 'a date with hyphens is refused', wanted: ['joinedOn'], record: { joinedOn: '2020-01-31' }, valid: false },
    {
      name: 'a date followed by a line feed is refused',
      wanted: ['joinedOn'],
      record: { joinedOn: '20200131\n' },
      valid: false,
    },
    { name: 'a month is six digits', wanted: ['paidMonth'], record: { paidMonth: '202001' }, valid: true },
    { name: 'a month as a number is refused', wanted: ['paidMonth'], record: { paidMonth: 202001 }, valid: false },
    { name: 'a boolean is not a string', wanted: ['active'], record: { active: 'true' }, valid: false },
    { name: 'a nullable field may be null', wanted: ['sex'], record: { sex: null }, valid: true },
    { name: 'a nullable field may be absent', wanted: ['sex'], record: {}, valid: true },
    { name: 'a field that is not nullable may not be null', wanted: ['name'], record: { name: null }, valid: false },
    {
      name: 'a field that is not nullable may not be absent',
      wanted: ['name', 'sex'],
      record: { sex: '1' },
      valid: false,
    },
    { name: 'a code of the list passes', wanted: ['sex'], record: { sex: '2' }, valid: true },
    { name: 'a code that is not in the list is refused', wanted: ['sex'], record: { sex: '7' }, valid: false },
    {
      name: 'fields nobody wanted are not looked at',
      wanted: ['name'],
      record: { name: '测试甲', amount: 'x', more: [] },
      valid: true,
    },
    { name: 'an array is no record', wanted: ['sex'], record: [], valid: false },
    { name: 'null is no record', wanted: [], record: null, valid: false },
  ])('$name', ({ wanted, record, valid }) => {
    expect(answerValidator(dataset, wanted, lists)(record)).toBe(valid)
  })

  it('compiles one validator per dataset and field set, in whatever order the fields come', () => {
    const first = answerValidator(dataset, ['name', 'sex'], lists)
    expect(answerValidator(dataset, ['sex', 'name', 'sex'], lists)).toBe(first)
    expect(answerValidator(dataset, ['name'], lists)).not.toBe(first)
    expect(answerValidator(sampleDataset(), ['name', 'sex'], lists)).not.toBe(first)
  })

  it('refuses a field the dataset does not have, also when it is a derived one', () => {
    expect(() => answerSchema(dataset, ['nothing'])).toThrow('no source field')
    expect(() => answerSchema(dataset, ['paid12'])).toThrow('no source field')
  })
})
