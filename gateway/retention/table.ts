/** What kinds of records there are, as far as retention tells them apart. */
export const RECORD_KINDS = ['release', 'refusal', 'administration'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]
/** What lies beside the log and leads to a person, each with a rule of its own (README.md in this folder lists every table). */
export const HELD_KINDS = ['event', 'correction', 'notice', 'suppression', 'declared', 'task'] as const
export type HeldKind = (typeof HELD_KINDS)[number]

export interface RetentionRule {
  id: string
  record: { zh: string; en: string }
  /** Law and article. */
  source: { zh: string; en: string }
  /** What the law asks at least. */
  statutoryMonths: number
  /** What this installation keeps: the same or more. */
  months: number
  appliesTo: readonly (RecordKind | HeldKind)[]
}

/**
 * The statutory table. A refusal hands nothing over and is kept as a network log; installations may keep it longer
 * (`update retention_rules set months = …`, which the database lets grow only).
 *
 * Source: R55. The database holds the same rows (040-retention, 077-people-retention, 096-held-rows) and is what decides; a test compares the two.
 */
export const STATUTORY_TABLE: readonly RetentionRule[] = [
  {
    id: 'change-notice',
    record: { zh: '数据变更通知', en: 'change notice' },
    source: { zh: '网络安全法第二十三条第三项（2025年修改）', en: 'Cybersecurity Law as amended 2025, art. 23(3)' },
    statutoryMonths: 6,
    months: 6,
    appliesTo: ['notice'],
  },
  {
    id: 'clerk-task',
    record: { zh: '协查任务及答复（失效后）', en: 'question to people and its answer, once out of use' },
    source: { zh: '网络安全法第二十三条第三项（2025年修改）', en: 'Cybersecurity Law as amended 2025, art. 23(3)' },
    statutoryMonths: 6,
    months: 6,
    appliesTo: ['task'],
  },
  {
    id: 'declared-value',
    record: { zh: '申报留存的值（停用后）', en: 'declared value, once out of use' },
    source: { zh: '网络安全法第二十三条第三项（2025年修改）', en: 'Cybersecurity Law as amended 2025, art. 23(3)' },
    statutoryMonths: 6,
    months: 6,
    appliesTo: ['declared'],
  },
  {
    id: 'network-log',
    record: { zh: '网络日志', en: 'network log' },
    source: { zh: '网络安全法第二十三条第三项（2025年修改）', en: 'Cybersecurity Law as amended 2025, art. 23(3)' },
    statutoryMonths: 6,
    months: 6,
    appliesTo: ['release', 'refusal', 'administration'],
  },
  {
    id: 'correction',
    record: { zh: '校核纠错', en: 'correction' },
    source: { zh: '政务数据共享条例第二十九条', en: 'Government Data Sharing Regulations, art. 29' },
    statutoryMonths: 36,
    months: 36,
    appliesTo: ['correction'],
  },
  {
    id: 'event-report',
    record: { zh: '上报事件及其主体', en: 'reported event and its subjects' },
    source: { zh: '网络数据安全管理条例第十二条', en: 'Network Data Security Regulations, art. 12' },
    statutoryMonths: 36,
    months: 36,
    appliesTo: ['event'],
  },
  {
    id: 'notice-delay',
    record: { zh: '暂缓告知的决定', en: 'decision to delay a notice' },
    source: { zh: '个人信息保护法第五十六条', en: 'Personal Information Protection Law, art. 56' },
    statutoryMonths: 36,
    months: 36,
    appliesTo: ['suppression'],
  },
  {
    id: 'processing-record',
    record: { zh: '个人信息处理情况记录与影响评估报告', en: 'processing record and impact assessment' },
    source: { zh: '个人信息保护法第五十六条', en: 'Personal Information Protection Law, art. 56' },
    statutoryMonths: 36,
    months: 36,
    appliesTo: ['release', 'administration'],
  },
  {
    id: 'provision-record',
    record: { zh: '向他人提供、委托处理的记录', en: 'providing and entrusting record' },
    source: { zh: '网络数据安全管理条例第十二条', en: 'Network Data Security Regulations, art. 12' },
    statutoryMonths: 36,
    months: 36,
    appliesTo: ['release'],
  },
  {
    id: 'use-record',
    record: { zh: '政务数据使用记录', en: 'use record' },
    source: { zh: '政务数据共享条例第二十九条', en: 'Government Data Sharing Regulations, art. 29' },
    statutoryMonths: 36,
    months: 36,
    appliesTo: ['release'],
  },
]

/** Months something of this kind is kept: the longest rule that applies. Errors: `RangeError` when none does. */
export function longestMonths(kind: RecordKind | HeldKind, rules: readonly RetentionRule[] = STATUTORY_TABLE): number {
  const months = rules.filter(({ appliesTo }) => appliesTo.includes(kind)).map((rule) => rule.months)
  if (months.length === 0) throw new RangeError(`no retention rule applies to \`${kind}\``)
  return Math.max(...months)
}

/**
 * The first day on which something recorded on `recordedOn` may be deleted.
 *
 * Shape:  days as `YYYY-MM-DD`, in China's calendar. The period ends on the same day so many months later, or on that
 *         month's last day where it has no such day; deletion is allowed from the day after.
 * Source: vectors RET-01 … RET-04.
 */
export function earliestDeletion(recordedOn: string, months: number): string {
  const [year, month, day] = recordedOn.split('-').map(Number) as [number, number, number]
  const lastDayThere = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate()
  const end = Date.UTC(year, month - 1 + months, Math.min(day, lastDayThere))
  return new Date(end + 86_400_000).toISOString().slice(0, 10)
}
