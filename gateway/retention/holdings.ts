/**
 * Every column of the schema that leads to a person, sealed or digested, and what ends it. A test compares this with the
 * database: a new table that holds such a column and says here what ends it passes, and one that does not fails.
 */
export interface Holding {
  /** Tables, and in them the columns, that hold it. */
  columns: Readonly<Record<string, readonly string[]>>
  /** What it is. */
  zh: string
  en: string
  /** What ends it: a rule of `retention_rules`, its record's sides, a day in the row, or what it was made of. */
  endsBy: 'rule' | 'record' | 'own-day' | 'source'
  /** The rule's kinds, or what is to be known of its day. */
  detail: string
  /** Whether erasing one record (`retention erase`) takes it along. */
  erasedWithRecord: boolean
}

export const HOLDINGS: readonly Holding[] = [
  {
    columns: {
      record_sides: ['subject_digest', 'party_digests', 'operator_digest', 'sealed_operator', 'sealed_request', 'salt'],
    },
    zh: '留痕的可关联信息',
    en: 'sides of records',
    endsBy: 'rule',
    detail: 'release 36, administration 36, refusal 6',
    erasedWithRecord: true,
  },
  {
    columns: { subject_neighbourhoods: ['digest'] },
    zh: '相邻号码摘要',
    en: 'neighbourhoods of numbers',
    endsBy: 'own-day',
    detail: 'cleared by `find-anomalies` after days',
    erasedWithRecord: true,
  },
  {
    columns: {
      events: ['certificate_digest', 'sealed_certificate', 'content_digest'],
      event_subjects: ['subject_digest', 'sealed_subject'],
    },
    zh: '上报事件及其主体',
    en: 'reported events and their subjects',
    endsBy: 'rule',
    detail: 'event 36',
    erasedWithRecord: true,
  },
  {
    columns: {
      dossier_timeline: ['subject_digest'],
      dossier_certificates: ['subject_digest', 'certificate_digest', 'sealed_certificate', 'sealed_for'],
      cases: ['subject_digests'],
    },
    zh: '档案：时间线、证照、办件',
    en: 'dossiers: timeline, certificates, cases',
    endsBy: 'source',
    detail: 'made again of the events that are left',
    erasedWithRecord: true,
  },
  {
    columns: { corrections: ['subject_digest', 'sealed_text'], correction_steps: ['sealed_text'] },
    zh: '校核纠错',
    en: 'corrections',
    endsBy: 'rule',
    detail: 'correction 36, from its end',
    erasedWithRecord: true,
  },
  {
    columns: { change_notices: ['sealed_subject'] },
    zh: '数据变更通知',
    en: 'change notices',
    endsBy: 'rule',
    detail: 'notice 6, from the moment it took effect; a declaration’s not before the declaration',
    erasedWithRecord: true,
  },
  {
    columns: { dossier_suppressions: ['subject_digest'] },
    zh: '暂缓告知的决定',
    en: 'decisions to delay a notice',
    endsBy: 'rule',
    detail: 'suppression 36, from its end',
    erasedWithRecord: true,
  },
  {
    columns: {
      declarations: ['content_digest', 'subject_digest', 'sealed_operator'],
      declared_values: ['sealed'],
    },
    zh: '申报留存（最多报一次）',
    en: 'declarations',
    endsBy: 'rule',
    detail:
      'values: declared 6, from when they stopped being used; declarations: with the sides of their record, or after a day without one',
    erasedWithRecord: true,
  },
  {
    columns: {
      clerk_tasks: ['question_digest', 'subject_digest', 'sealed_question'],
      clerk_task_ends: ['sealed_answer'],
    },
    zh: '协查任务及答复',
    en: 'questions to people and their answers',
    endsBy: 'rule',
    detail: 'task 6, from when the answer stopped being used; or with the last exchange that asked',
    erasedWithRecord: true,
  },
  {
    columns: { prefills: ['sealed'] },
    zh: '预填的表单',
    en: 'prefilled forms',
    endsBy: 'own-day',
    detail: '90 days (`expires_at`), cleared by `purge-due`',
    erasedWithRecord: true,
  },
  {
    columns: { batches: ['sealed_request', 'subjects_sha256'], batch_lines: ['sealed_line', 'sealed_result'] },
    zh: '批量任务的暂存',
    en: 'staging of batches',
    endsBy: 'own-day',
    detail: 'emptied on receipt or expiry (`expires_at`), with a record of the destruction (R56)',
    erasedWithRecord: false,
  },
]

/** Columns whose names look alike and lead to nobody. */
export const NO_PERSON: Readonly<Record<string, readonly string[]>> = {
  // Of results: a refused line says nothing of its person, a released one carries salts and a signature.
  batches: ['results_sha256'],
  dialect_profiles: ['sealed_secret'],
  material_codes: ['digest'],
  shared_secrets: ['sealed'],
}
