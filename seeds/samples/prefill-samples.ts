import type { PrefillAsk } from '../../gateway/client/prefill.ts'
import { GUARDIAN, HUSBAND, OPERATORS, PUPIL, WIFE } from '../population/cast.ts'

/** A prefill anyone can send to the running demo, in any order and any number of times. */
export interface PrefillSample {
  name: string
  system: string
  mode: 'prefill'
  request: PrefillAsk
  expect: 'released'
}

const person = ({ id, name }: { id: string; name: string }) => ({
  type: 'person' as const,
  idType: 'resident-id' as const,
  id,
  name,
})
const caseOf = (n: number): string => `11371082PDY003018B337070500100120261120${String(n).padStart(4, '0')}`

export const ENROLMENT_FORM: PrefillAsk = {
  item: 'rongcheng-p-008',
  case: caseOf(901),
  purpose: '义务教育入学资格核验',
  operator: { ...OPERATORS.education },
  subjects: { subject: person(PUPIL), guardian: person(GUARDIAN) },
}

export const NEW_HOME_FORM: PrefillAsk = {
  item: 'rongcheng-p-055',
  case: caseOf(902),
  purpose: '新建商品房转移登记',
  operator: { ...OPERATORS.land },
  subjects: { subject: person(HUSBAND), spouse: person(WIFE) },
}

export const SCHOOL_BUNDLE: PrefillAsk = {
  bundle: 'school-entry',
  case: caseOf(903),
  purpose: '义务教育入学资格核验',
  purposes: { 'rongcheng-p-042-1': '参保缴费证明开具' },
  operator: { ...OPERATORS.education },
  subjects: { child: person(PUPIL), guardian: person(GUARDIAN) },
}

export const PREFILL_SAMPLES: readonly PrefillSample[] = [
  { name: '入学申请表预填', system: 'rc-enrolment', mode: 'prefill', request: ENROLMENT_FORM, expect: 'released' },
  { name: '购置新房网签表预填', system: 'rc-land', mode: 'prefill', request: NEW_HOME_FORM, expect: 'released' },
  { name: '入学一件事预填', system: 'rc-approval', mode: 'prefill', request: SCHOOL_BUNDLE, expect: 'released' },
]
