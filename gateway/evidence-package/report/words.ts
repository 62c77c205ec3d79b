/** Words of the report, as officials and courts read them. */
export const MODE_WORDS: Record<string, string> = {
  query: '查询（返回信息项）',
  verify: '核验（只答一致或不一致，不返回数据）',
  prefill: '预填表单',
  batch: '批量查询',
  dossier: '档案调阅',
  admin: '管理行为',
  events: '事件报告',
  changes: '数据变更通知',
  corrections: '校核纠错',
  usage: '使用情况反馈',
  'my-data': '本人查询共享记录',
  materials: '领取核验单或证照副本',
  declarations: '申报留存（申请人提供、部门核实）',
  tasks: '协查任务的查看与撤回',
}
export const OUTCOME_WORDS: Record<string, string> = { released: '放行', refused: '拒绝', failed: '未成功' }
export const SOURCE_WORDS: Record<string, string> = {
  ok: '有记录',
  'not-found': '未查到（不等于不存在）',
  'not-covered': '不在数源覆盖范围内（不等于不存在）',
  unavailable: '数源当时无法访问',
}
/** Where the source is people (协查). */
export const TASK_WORDS: Record<string, string> = {
  pending: '已交提供部门经办人协查，当时尚未答复',
  declined: '提供部门经办人已退回，未予答复',
}
export const SUBJECT_WORDS: Record<string, string> = {
  person: '自然人',
  organisation: '法人或其他组织',
  property: '不动产',
  vehicle: '车辆',
  project: '项目',
}
export const ID_TYPE_WORDS: Record<string, string> = {
  'resident-id': '居民身份证号码',
  'residence-permit-hmt': '港澳台居民居住证号码',
  'foreign-permanent-resident': '外国人永久居留身份证号码',
  passport: '护照号码',
  'birth-certificate': '出生医学证明编号',
  uscc: '统一社会信用代码',
  'organisation-code': '组织机构代码',
  'business-registration': '工商注册号',
  'real-estate-unit': '不动产单元号',
  plate: '号牌号码',
  vin: '车辆识别代号',
  'project-code': '项目代码',
}
export const ROLE_WORDS: Record<string, string> = {
  'system-administrator': '系统管理员',
  'security-administrator': '安全管理员',
  'audit-administrator': '审计管理员',
  'provider-clerk': '协查经办人',
}
export const STATUS_WORDS: Record<string, string> = {
  draft: '草稿',
  active: '有效',
  suspended: '暂停',
  revoked: '撤销',
  expired: '到期',
}
export const APPROVAL_WORDS: Record<string, string> = {
  'consumer-head': '需求部门负责人',
  'provider-head': '提供部门负责人',
  'second-approver': '第二审批人',
}
export const RESULT_WORDS = {
  passed: '✔ 相符',
  failed: '✘ 不符',
  'not-applicable': '— 不适用',
  'not-possible': '○ 未能核验',
} as const

/** Parties by the names requests give them; another name stands as it is. */
export const PARTY_WORDS: Record<string, string> = {
  guardian: '监护人',
  spouse: '配偶',
  father: '父亲',
  mother: '母亲',
  child: '子女',
  heir: '继承人',
  buyer: '买方',
  seller: '卖方',
  owner: '权利人',
  employee: '职工',
  representative: '法定代表人',
  shareholder: '股东',
  investor: '出资人',
}
/** Rules of refusals, as entries name them; another rule stands as it is. */
export const RULE_WORDS: Record<string, string> = {
  'not-granted': '所申请的信息项未获授权',
  'not-shared': '属于不予共享的数据',
  purpose: '用途不在授权之内',
  item: '事项不在授权之内',
  scenario: '场景不在授权之内',
  mode: '方式不在授权之内',
  consumer: '需求方不在授权之内',
  status: '授权当时未生效',
  term: '不在授权期限之内',
  hours: '不在允许的时段',
  network: '来源网络不在授权之内',
  division: '不在管辖范围之内',
  'case-required': '未写明办件编号',
  'operator-required': '未写明经办人',
  'signed-required': '请求未逐笔签名',
  'signed-request-demanded': '该数据资源要求逐笔签名',
  'subject-is-party': '主体不是办件当事人',
  'subject-kind': '主体类型与数据资源不符',
  'sensitive-specific-purpose': '敏感信息项未写明特定目的',
  'sensitive-second-approver': '敏感信息项缺少第二审批人',
  'within-grant': '超出授权',
  'evaluation-error': '策略评估出错，按拒绝处理',
  'input-missing': '缺少数源需要的输入项',
  'id-type': '标识类型与主体类型不符',
  'identifier-in-text': '自由文本中含有身份标识',
  mismatches: '核验不一致次数超过上限',
}

/** `2026年3月1日 12时30分02秒`, Beijing time. */
export function beijingTime(instant: string | null): string | null {
  const ms = instant === null ? Number.NaN : Date.parse(instant)
  if (Number.isNaN(ms)) return null
  const at = new Date(ms + 8 * 3_600_000)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getUTCFullYear()}年${at.getUTCMonth() + 1}月${at.getUTCDate()}日 ${two(at.getUTCHours())}时${two(at.getUTCMinutes())}分${two(at.getUTCSeconds())}秒`
}
