import type { Ask } from '../../gateway/client/index.ts'
import { GUARDIAN, GUARDIAN_HOME, OPERATORS, PUPIL } from '../population/cast.ts'

type Named = { id: string; name?: string }
/** A person by number and name. */
export const person = ({ id, name }: Named) => ({
  type: 'person' as const,
  idType: 'resident-id' as const,
  id,
  ...(name !== undefined && { name }),
})
export const company = ({ id, name }: Named) => ({
  type: 'organisation' as const,
  idType: 'uscc' as const,
  id,
  ...(name !== undefined && { name }),
})
export const caseOf = (n: number): string => `11371082PDY003018B337070500100120261120${String(n).padStart(4, '0')}`
export const officer = (operator: (typeof OPERATORS)[keyof typeof OPERATORS]) => ({ ...operator })

/** 入学资格核验: the request printed in the design. */
export const ENROLMENT: Ask = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  case: caseOf(1),
  purpose: '义务教育入学资格核验',
  onBehalfOf: 'rc-jyj',
  operator: officer(OPERATORS.education),
  subject: person(PUPIL),
  parties: { guardian: person(GUARDIAN) },
  keys: { 'real-estate.unitNo': GUARDIAN_HOME.unit },
  fields: [
    'household-registration.address',
    'household-registration.householder',
    'guardian:real-estate.certificateNo',
  ],
}
