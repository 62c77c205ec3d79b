import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mod112Check } from '../../gateway/identifiers/citizen-number.ts'
import { containsPersonalIdentifier } from '../../gateway/identifiers/index.ts'

const number18 = fc
  .record({
    prefix: fc.constantFrom('371099', '810000', '830000', '937840', '110101'),
    year: fc.integer({ min: 1880, max: 1899 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    sequence: fc.integer({ min: 1, max: 999 }),
  })
  .map(({ prefix, year, month, day, sequence }) => {
    const two = (n: number) => String(n).padStart(2, '0')
    const body = `${prefix}${year}${two(month)}${two(day)}${String(sequence).padStart(3, '0')}`
    return body + mod112Check(body)
  })
/** Text that cannot glue to a number: it begins and ends with something that is neither letter, digit nor separator. */
const surroundings = fc.string({ maxLength: 40 }).map((text) => `《${text}》`)

describe('containsPersonalIdentifier', () => {
  it.each([
    ['a resident number', '请核验371099201907120017的学籍'],
    ['glued to Han characters', '身份证号371099201907120017号'],
    ['in full width', '身份证３７１０９９２０１９０７１２００１７'],
    ['with a small x', '11010118820228107x'],
    ['grouped by spaces', '371099 20190712 0017'],
    ['grouped by hyphens', '371099-20190712-0017'],
    ['grouped behind another number', '办件 12 371099 20190712 0017'],
    ['grouped, ending in X', '110101 1882 0228 107X'],
    ['broken by invisible characters', '371099\u200b20190712\u200b0017'],
    ['a residence permit', '证件 810000188503150114'],
    ['a foreigner’s number', '937840188503150016'],
    ['an old number with a real date', '旧号 370811000228001'],
  ])('finds %s', (_name, text) => expect(containsPersonalIdentifier(text)).toBe(true))

  it.each([
    ['a purpose', '义务教育入学资格核验'],
    ['nothing', ''],
    ['a wrong check character', '371099201907120018'],
    ['a number inside a longer token', 'A371099201907120017'],
    ['a number inside a longer number', '3710992019071200170'],
    ['a case number', '11371082PDY003018B3370705001001202611200001'],
    ['a unified code', '11370800PDY001004K'],
    ['an old number without a real date', '370811001301101'],
    ['a serial of date and sequence', '202611200001234'],
    ['an old registration number', '370811900000011'],
    ['a request id', '018f3c1e-7b7a-7000-8000-1f2e3d4c5b6a'],
    ['groups two separators apart', '371099  20190712 0017'],
  ])('passes %s', (_name, text) => expect(containsPersonalIdentifier(text)).toBe(false))

  it('lets a number pass whose birth date lies after today, when today is given', () => {
    const body = '37109920991231001'
    const text = body + mod112Check(body)
    expect([containsPersonalIdentifier(text), containsPersonalIdentifier(text, '20260601')]).toEqual([true, false])
  })

  it('finds any well-formed number, bare or grouped, in any surroundings', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 17 }), { maxLength: 4 })
    fc.assert(
      fc.property(
        surroundings,
        number18,
        surroundings,
        cuts,
        fc.constantFrom(' ', '-', '－', '　'),
        (before, number, after, at, separator) => {
          const grouped = [...number]
            .map((character, i) => (at.includes(i) ? separator + character : character))
            .join('')
          expect(containsPersonalIdentifier(before + grouped + after)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('finds none in a number with one digit changed', () => {
    fc.assert(
      fc.property(number18, fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 9 }), (number, at, by) => {
        const changed = number.slice(0, at) + ((Number(number[at]) + by) % 10) + number.slice(at + 1)
        expect(containsPersonalIdentifier(`《${changed}》`)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('never throws, and answers 500 characters of the worst kind in far less than a millisecond', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 500 }),
        (text) => typeof containsPersonalIdentifier(text) === 'boolean',
      ),
    )
    const worst = '9 '.repeat(250)
    const rounds = 100
    containsPersonalIdentifier(worst)
    const startedAtMs = performance.now()
    for (let i = 0; i < rounds; i++) containsPersonalIdentifier(worst)
    expect((performance.now() - startedAtMs) / rounds).toBeLessThan(5) // generous: shared machines
  })
})
