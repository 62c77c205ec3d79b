import type { GrantConditions } from '../../../policies/engine/types.ts'
import type { Bilingual } from '../../errors/exchange-error.ts'

const CASES: Record<GrantConditions['case'], Bilingual> = {
  required: { zh: '须有办件编号', en: 'a case is required' },
  'application-allowed': { zh: '须有办件编号或申报流水号', en: 'a case or an application is required' },
  'not-required': { zh: '不要求办件', en: 'no case needed' },
}

/** A grant's conditions as an official would read them out. */
export function conditionWords(conditions: GrantConditions): Bilingual[] {
  const { divisions, networks, hours } = conditions
  return [
    CASES[conditions.case],
    ...(conditions.operator ? [{ zh: '须写明经办人', en: 'an operator must be named' }] : []),
    ...(conditions.signed ? [{ zh: '须逐笔签名', en: 'each request must be signed' }] : []),
    ...(conditions.subjectIsParty ? [{ zh: '主体须为办件当事人', en: 'the subject must be a party of the case' }] : []),
    ...(divisions.length > 0
      ? [{ zh: `限管辖范围 ${divisions.join('、')}`, en: `within divisions ${divisions.join(', ')}` }]
      : []),
    ...(networks.length > 0
      ? [{ zh: `限网段 ${networks.join('、')}`, en: `from networks ${networks.join(', ')}` }]
      : []),
    ...(hours === null
      ? []
      : [{ zh: `限 ${hours.from} 时至 ${hours.to} 时`, en: `from ${hours.from}:00 to ${hours.to}:00 China time` }]),
  ]
}
