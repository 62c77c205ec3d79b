import { describe, expect, it } from 'vitest'
import { luhnSum, parseBankCard } from '../../gateway/identifiers/bank-card.ts'
import { parseBusinessRegistration } from '../../gateway/identifiers/business-registration.ts'
import { parseCaseNumber } from '../../gateway/identifiers/case-number.ts'
import { parseDivision } from '../../gateway/identifiers/division.ts'
import { mod3736Check, parseELicenceId } from '../../gateway/identifiers/e-licence.ts'
import {
  parseCard2023,
  parseForeignPermanentResident,
  parseLegacyForm,
} from '../../gateway/identifiers/foreign-permanent-resident.ts'
import { normaliseSubjectId } from '../../gateway/identifiers/index.ts'
import { parseItemCode } from '../../gateway/identifiers/item-code.ts'
import { parseOrganisationCode } from '../../gateway/identifiers/organisation-code.ts'
import type { Parsed, ParseOptions } from '../../gateway/identifiers/parsing.ts'
import { parseResidencePermit } from '../../gateway/identifiers/residence-permit.ts'
import { parseLegacyResidentId, parseResidentId } from '../../gateway/identifiers/resident-id.ts'
import { parseUscc } from '../../gateway/identifiers/uscc.ts'
import published from '../vectors/identifier-vectors.json' with { type: 'json' }

interface Vector {
  id: string
  value: string
  valid: boolean
  failure?: string
  /** A fault of strict mode that is only a finding in tolerant mode. */
  severity?: string
  strictValid?: boolean
  normalized?: string
  upgradesTo?: string
  warn?: string
  shape?: string
  expect?: Record<string, unknown>
  steps?: Record<string, unknown>
}

const TODAY = '20260601'
const KINDS: {
  kind: keyof typeof published
  parse: (value: string, options: ParseOptions) => Parsed<object>
  count: number
}[] = [
  { kind: 'citizenId18', parse: parseResidentId, count: 26 },
  { kind: 'citizenId15', parse: parseLegacyResidentId, count: 10 },
  { kind: 'residencePermitHkMoTw', parse: parseResidencePermit, count: 10 },
  { kind: 'foreignPermanentResident18', parse: parseCard2023, count: 9 },
  { kind: 'foreignPermanentResident15', parse: parseLegacyForm, count: 8 },
  { kind: 'orgCode9', parse: parseOrganisationCode, count: 17 },
  { kind: 'uscc18', parse: parseUscc, count: 21 },
  { kind: 'businessRegistration15', parse: parseBusinessRegistration, count: 12 },
  { kind: 'division', parse: parseDivision, count: 10 },
  { kind: 'eLicenceId', parse: parseELicenceId, count: 11 },
  { kind: 'itemCode', parse: parseItemCode, count: 11 },
  { kind: 'caseNumber', parse: parseCaseNumber, count: 7 },
  { kind: 'bankCard', parse: parseBankCard, count: 8 },
]
const vectorsOf = (kind: keyof typeof published) => (published[kind] as unknown as { vectors: Vector[] }).vectors

describe.each(KINDS)('$kind', ({ kind, parse, count }) => {
  const options = { todayYmd: TODAY, minBirthYear: 1850 }
  const vectors = vectorsOf(kind)

  it('has the number of vectors it was published with', () => expect(vectors).toHaveLength(count))

  it.each(vectors)('$id tolerant', (vector) => {
    const parsed = parse(vector.value, options)
    if (!vector.valid && vector.severity !== 'warn') return expect(parsed).toEqual({ ok: false, fault: vector.failure })
    expect(parsed).toMatchObject({ ok: true, normal: vector.normalized ?? vector.value, ...vector.expect })
    const warning = vector.warn ?? (vector.severity === 'warn' ? vector.failure : undefined)
    if (warning) expect(parsed).toMatchObject({ warnings: expect.arrayContaining([warning]) })
    if (vector.upgradesTo) expect(parsed).toMatchObject({ upgraded: vector.upgradesTo })
    if (vector.shape) expect(parsed).toMatchObject({ shape: vector.shape })
  })

  it.each(vectors)('$id strict', (vector) => {
    const parsed = parse(vector.value, { ...options, strict: true })
    const accepted = vector.valid && vector.strictValid !== false
    if (accepted) expect(parsed).toMatchObject({ ok: true, normal: vector.value })
    else if (vector.valid) expect(parsed.ok).toBe(false)
    else expect(parsed).toEqual({ ok: false, fault: vector.failure })
  })
})

describe('foreign permanent resident, either form', () => {
  it.each([...vectorsOf('foreignPermanentResident18'), ...vectorsOf('foreignPermanentResident15')])('$id', (vector) => {
    expect(parseForeignPermanentResident(vector.value, { todayYmd: TODAY }).ok).toBe(vector.valid)
  })
})

describe('step arithmetic of the vectors', () => {
  it.each(vectorsOf('bankCard').filter(({ steps }) => steps))('$id Luhn sum', ({ value, steps }) => {
    expect(luhnSum(value)).toBe(steps?.luhnSum)
  })
  it.each(vectorsOf('eLicenceId').filter(({ steps }) => steps))('$id check over the body without dots', ({ steps }) => {
    expect(mod3736Check(String(steps?.body))).toBe(steps?.check)
  })
})

describe('numeric loss (R115)', () => {
  it.each(published.numericLoss.vectors)(
    '$id: $value becomes $afterJsonNumber as a number',
    ({ value, afterJsonNumber, survives }) => {
      const throughJson = String(Number(value))
      expect(throughJson).toBe(afterJsonNumber)
      expect(throughJson === value).toBe(survives)
    },
  )

  it.each(published.numericLoss.vectors)('$id: a number is refused whatever it would have said', ({ value }) => {
    const parsedFromJson: unknown = JSON.parse(`{"id":${Number(value)}}`).id
    expect(normaliseSubjectId('resident-id', parsedFromJson as string, TODAY)).toEqual({ ok: false, fault: 'type' })
  })
})
