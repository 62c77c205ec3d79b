import type { FindingKind, Thresholds } from './thresholds.ts'

/** Names and what to do first, for those who read findings. */
export const FINDING_NAMES: Record<FindingKind, { zh: string; en: string }> = {
  'night-bulk': { zh: '夜间批量查询', en: 'bulk reading at night' },
  'sequential-identifiers': { zh: '连号查询', en: 'sequential identifiers' },
  'operator-many-subjects': { zh: '同一经办人查询大量主体', en: 'one operator reading many subjects' },
  'subject-read-often': { zh: '同一主体被频繁查询', en: 'a subject read unusually often' },
  'refusals-rising': { zh: '被拒请求骤增', en: 'refusals rising' },
  'without-case': { zh: '大量查询无办件号', en: 'many reads without a case' },
  'task-overdue': { zh: '协查逾期未答复', en: 'a question to people overdue' },
  'case-unknown': { zh: '办件未曾上报', en: 'a case nobody reported' },
  'case-closed': { zh: '办件办结后仍查询', en: 'read after the case was closed' },
  'case-other-item': { zh: '事项与办件不符', en: 'another item than the case’s' },
  'case-other-member': { zh: '部门与办件不符', en: 'another department than the case’s' },
  'case-other-subject': { zh: '主体不是办件当事人', en: 'the subject is not a party of the case' },
}
export const FINDING_KINDS = Object.keys(FINDING_NAMES) as FindingKind[]

/** What one query found: records that together cross a threshold. Nobody is named. */
export interface Suspicion {
  kind: FindingKind
  /** `YYYYMMDD` in China; a night belongs to the day it begins on. */
  day: string
  system: string | null
  /** Acting department. */
  member: string | null
  /** Indexes, ascending. */
  records: bigint[]
  figures: Record<string, number>
}

export interface Finding extends Suspicion {
  id: string
  foundAtMs: number
  /** When records were last added to it. */
  grownAtMs: number
  status: 'open' | 'closed'
  closed: { atMs: number; by: string; reason: string } | null
}

export interface FindingFilter {
  kind?: string
  status?: 'open' | 'closed'
  system?: string
}

export interface FindingStore {
  /** Newest first, below id `before`. */
  list(filter: FindingFilter, before: bigint | null, limit: number): Promise<Finding[]>
  find(id: string): Promise<Finding | undefined>
  /** Exchange ids of records, by index; those no longer kept are absent. */
  exchangeIds(indexes: readonly bigint[]): Promise<Map<bigint, string>>
  /** False when it was closed already or does not exist. */
  closeFinding(id: string, by: string, reason: string, atMs: number): Promise<boolean>
  close(): Promise<void>
}

/** The job's side; logs in as the owner. */
export interface AnomalySearch {
  /** Summarises and counts up to the log's end; answers how many records that were. */
  catchUp(): Promise<number>
  /** Runs every query over the day and stores what is new: the same finding is stored once, and grows while it is open. */
  examine(day: string, thresholds: Thresholds, nowMs: number): Promise<{ found: number; grown: number }>
  /** Forgets neighbourhood digests recorded before the moment. */
  forgetNeighbourhoods(beforeMs: number): Promise<number>
  /** Throws counts per day and ranges away and makes them again from the records. */
  rebuild(): Promise<number>
  close(): Promise<void>
}
