import { COMPANY, FATHER, GUARDIAN, OPERATORS, PUPIL } from '../population/cast.ts'
import type { Sample } from './sample.ts'

const dataset = (id: string, ...fields: string[]): string[] => fields.map((field) => `${id}.${field}`)
const approval = { ...OPERATORS.approval }

/** 一人一档 and 一企一档 for departments, under grants of their own scenarios. */
export const DOSSIER_SAMPLES: readonly Sample[] = [
  {
    name: '一人一档：主动办服务',
    system: 'rc-approval',
    mode: 'dossier',
    expect: 'released',
    request: {
      scenario: 'S5.3',
      purpose: '主动办服务',
      operator: approval,
      subject: { type: 'person', idType: 'resident-id', ...PUPIL },
      fields: [
        ...dataset('dossier-person', 'birth', 'education', 'stageNo', 'kind', 'outcome', 'occurredOn', 'department'),
        ...dataset('household-registration', 'address'),
        ...dataset('student-record', 'school'),
      ],
    },
  },
  {
    name: '一人一档：持有的电子证照',
    system: 'rc-approval',
    mode: 'dossier',
    expect: 'released',
    request: {
      scenario: 'S5.3',
      purpose: '帮办代办服务',
      operator: approval,
      subject: { type: 'person', idType: 'resident-id', ...GUARDIAN },
      fields: dataset('dossier-certificates', 'certificateType', 'certificateName', 'state', 'issuer', 'validUntil'),
    },
  },
  {
    name: '一企一档：信用分级监管',
    system: 'rc-market',
    mode: 'dossier',
    expect: 'released',
    request: {
      scenario: 'S5.4',
      purpose: '信用分级监管',
      operator: approval,
      subject: { type: 'organisation', idType: 'uscc', ...COMPANY },
      fields: [
        ...dataset('dossier-organisation', 'opening', 'permits', 'stageNo', 'kind', 'occurredOn', 'department'),
        ...dataset('business-licence', 'status'),
        ...dataset('tax-status', 'creditGrade'),
      ],
    },
  },
  {
    name: '一人一档：授权之外的生命阶段',
    system: 'rc-civil',
    mode: 'dossier',
    expect: 'access.denied',
    request: {
      scenario: 'S5.1',
      purpose: '惠民政策免申即享',
      operator: { ...OPERATORS.civil },
      subject: { type: 'person', idType: 'resident-id', ...FATHER },
      fields: dataset('dossier-person', 'marriage', 'kind'),
    },
  },
]
