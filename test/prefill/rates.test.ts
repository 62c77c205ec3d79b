import { describe, expect, it } from 'vitest'
import { addCounts, type CountedField, type CountedMaterial, countForm, ratesOf } from '../../gateway/prefill/rates.ts'

const DATA = { kind: 'data' as const, dataset: 'household-registration', field: 'address' }
const FIELDS: CountedField[] = [
  { value: '测试路 1 号', source: DATA },
  { options: ['甲', '乙'], source: DATA },
  { verified: true, source: DATA },
  // What the request or the form itself says is no sharing.
  { value: '测试张三', source: { kind: 'request' } },
  { value: '中国', source: { kind: 'constant' } },
  // Nothing came, or not yet: below the line only.
  { empty: 'unavailable' },
  { empty: 'open-situation' },
  { empty: 'not-granted' },
  { empty: 'ask-applicant' },
  // Ruled out: no field of this case's form.
  { empty: 'not-applicable' },
]
const MATERIALS: CountedMaterial[] = [
  { state: 'not-needed', ground: 'certificate', certificate: 'identity-card' },
  { state: 'please-submit', certificate: 'marriage-certificate' },
  { state: 'open-situation', certificate: 'driving-licence' },
  { state: 'not-applicable', certificate: 'residence-permit' },
  { state: 'not-needed', ground: 'abolished', certificate: 'family-planning-handbook' },
  { state: 'not-needed', ground: 'data-sharing' },
  { state: 'not-needed', ground: 'abolished' },
  { state: 'please-submit' },
  { state: 'not-applicable' },
]

describe('rates of filled forms', () => {
  it('counts a form as it stands for its case', () => {
    expect(countForm({ fields: FIELDS, materials: MATERIALS })).toEqual({
      fields: 9,
      filled: 3,
      materials: 7,
      notNeeded: 4,
      abolished: 2,
      byCertificate: 1,
      bySharing: 1,
      certificates: 3,
    })
  })

  it('puts what R132 and R133 name above and below the line', () => {
    const rates = ratesOf(countForm({ fields: FIELDS, materials: MATERIALS }))
    expect(rates).toEqual({ fieldSharing: 3 / 9, certificateSubstitution: 1 / 3, noSubmission: 2 / 5 })
  })

  it('is not raised by materials nobody demands', () => {
    const more: CountedMaterial[] = Array.from({ length: 20 }, () => ({ state: 'not-needed', ground: 'abolished' }))
    const plain = ratesOf(countForm({ fields: [], materials: MATERIALS }))
    expect(ratesOf(countForm({ fields: [], materials: [...MATERIALS, ...more] }))).toEqual(plain)
  })

  it('has no share of nothing', () => {
    expect(ratesOf(addCounts([]))).toEqual({ fieldSharing: null, certificateSubstitution: null, noSubmission: null })
  })

  it('weighs forms by their size', () => {
    const small = countForm({ fields: [{ value: 1, source: DATA }], materials: [] })
    const large = countForm({ fields: Array.from({ length: 9 }, () => ({ empty: 'ask-applicant' })), materials: [] })
    expect(ratesOf(addCounts([small, large])).fieldSharing).toBe(0.1)
  })
})
