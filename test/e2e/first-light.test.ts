import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FATHER, GUARDIAN, OPERATORS, PUPIL } from '../../seeds/population/cast.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

/** The request printed in design §4, about the cast. */
const enrolment = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  case: '11371082PDY003018B3370705001001202611200001',
  purpose: '义务教育入学资格核验',
  onBehalfOf: 'rc-jyj',
  operator: OPERATORS.education,
  subject: { type: 'person', idType: 'resident-id', id: PUPIL.id, name: PUPIL.name },
  parties: { guardian: { type: 'person', idType: 'resident-id', id: GUARDIAN.id, name: GUARDIAN.name } },
  fields: [
    'household-registration.address',
    'household-registration.householder',
    'guardian:real-estate.certificateNo',
  ],
} as const

describe('one exchange through real stores, sources and signatures', () => {
  it('releases exactly the granted fields, with evidence that verifies, and keeps the record', async () => {
    const client = city.client('rc-enrolment')
    const answer = await client.query(structuredClone(enrolment) as never)
    expect(answer.complete).toBe(true)
    expect(Object.keys(answer.data!).sort()).toEqual(['guardian:real-estate', 'household-registration'])
    expect(answer.data!['household-registration']).toMatchObject({ householder: FATHER.name })
    const stored = await client.exchange(answer.exchangeId)
    expect(stored).toMatchObject({ outcome: 'released', scenario: 'P2.1', system: 'rc-enrolment' })
    expect(answer.verified.claims.jti).toBe(answer.exchangeId)
  })
})
