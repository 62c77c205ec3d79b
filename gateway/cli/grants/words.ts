import type { Grant, GrantCeiling, Mode } from '../../../policies/engine/types.ts'
import type { Bilingual } from '../../errors/exchange-error.ts'

export const MODE_NAMES: Record<Mode, Bilingual> = {
  query: { zh: '查询', en: 'query' },
  verify: { zh: '核验', en: 'verify' },
  prefill: { zh: '预填', en: 'prefill' },
  batch: { zh: '批量', en: 'batch' },
  dossier: { zh: '档案', en: 'dossier' },
  declare: { zh: '申报留存', en: 'declare' },
}

export const APPROVER_NAMES: Record<Grant['approvals'][number]['role'], Bilingual> = {
  'consumer-head': { zh: '需求部门负责人', en: 'consumer’s head' },
  'provider-head': { zh: '提供部门负责人', en: 'provider’s head' },
  'second-approver': { zh: '第二审批人', en: 'second approver' },
}

const PERIODS: Record<GrantCeiling['period'], Bilingual> = {
  hour: { zh: '每小时', en: 'an hour' },
  day: { zh: '每日', en: 'a day' },
}
const MEASURES: Record<GrantCeiling['measure'], Bilingual> = {
  calls: { zh: '次调用', en: 'calls' },
  records: { zh: '条记录', en: 'records' },
  subjects: { zh: '个主体', en: 'subjects' },
  mismatches: { zh: '次不一致', en: 'mismatches' },
}

/** `每小时 6000 次调用`. */
export const ceilingWords = ({ measure, period, limit }: GrantCeiling): Bilingual => ({
  zh: `${PERIODS[period].zh} ${limit} ${MEASURES[measure].zh}`,
  en: `${limit} ${MEASURES[measure].en} ${PERIODS[period].en}`,
})
