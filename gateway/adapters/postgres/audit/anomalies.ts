import { type RawBuilder, sql } from 'kysely'
import type { FindingKind, Thresholds } from '../../../audit/thresholds.ts'

/** The part of the log that a day's queries look at. */
export interface Span {
  from: Date
  until: Date
  /** Indexes that hold the whole span, and more. */
  low: string
  high: string
}

/** What every query answers: one row per suspicion. */
export interface SuspicionRow {
  system: string | null
  member: string | null
  records: string[]
  figures: Record<string, number>
}

type Query = (span: Span, thresholds: Thresholds) => RawBuilder<SuspicionRow>

/** Exchanges of the span with their sides; operators' own acts have no scenario and are left out. */
const exchanges = ({ from, until, low, high }: Span): RawBuilder<unknown> => sql`
  select r.index, r.recorded_at, r.system, coalesce(r.on_behalf_of, r.member) as member, r.outcome, r.item, r.case_no, r.application,
         s.subject_digest, s.operator_digest
    from records r left join record_sides s on s.index = r.index and s.recorded_at = r.recorded_at
     and s.index between ${low}::bigint and ${high}::bigint and s.recorded_at >= ${from} and s.recorded_at < ${until}
   where r.index between ${low}::bigint and ${high}::bigint and r.recorded_at >= ${from} and r.recorded_at < ${until}
     and r.scenario is not null`

const found = sql`array_agg(index order by index) as records, max(member) as member`

/** 22:00 to 06:00: the night that begins on the day. */
export const NIGHT = { fromHour: 22, untilHour: 30 }

export const ANOMALIES: Record<Exclude<FindingKind, `case-${string}`>, Query> = {
  'night-bulk': (span, { 'night-bulk': limit }) => sql`
    select system, ${found}, jsonb_build_object('records', count(*), 'subjects', count(distinct subject_digest)) as figures
      from (${exchanges(span)}) e group by system
    having count(*) >= ${limit.records} and count(distinct subject_digest) >= ${limit.subjects}`,

  'sequential-identifiers': (span, { 'sequential-identifiers': limit }) => sql`
    select e.system, ${found}, jsonb_build_object('subjects', count(distinct e.subject_digest)) as figures
      from (select e.*, n.digest from (${exchanges(span)}) e join subject_neighbourhoods n using (index)) e
     group by e.system, e.digest having count(distinct e.subject_digest) >= ${limit.subjects}`,

  'operator-many-subjects': (span, { 'operator-many-subjects': limit }) => sql`
    select system, ${found}, jsonb_build_object('subjects', count(distinct subject_digest), 'records', count(*)) as figures
      from (${exchanges(span)}) e where operator_digest is not null
     group by system, operator_digest having count(distinct subject_digest) >= ${limit.subjects}`,

  'subject-read-often': (span, { 'subject-read-often': limit }) => sql`
    select null as system, array_agg(index order by index) as records, null as member,
           jsonb_build_object('records', count(*), 'systems', count(distinct system), 'members', count(distinct member)) as figures
      from (${exchanges(span)}) e where subject_digest is not null and outcome = 'released'
     group by subject_digest having count(*) >= ${limit.records}`,

  'refusals-rising': (span, { 'refusals-rising': limit }) => sql`
    select system, ${found}, jsonb_build_object('records', count(*), 'usual', round(coalesce(max(u.mean), 0), 1)) as figures
      from (${exchanges(span)}) e
      left join lateral (
        select sum(d.records) / 7.0 as mean from record_days d
         where d.dimension = 'system' and d.value = e.system and d.outcome = 'refused'
           and d.day < (${span.from}::timestamptz at time zone interval '8 hours')::date
           and d.day >= (${span.from}::timestamptz at time zone interval '8 hours')::date - 7
      ) u on true
     where outcome = 'refused' group by system
    having count(*) >= ${limit.records} and count(*) >= ${limit.times} * coalesce(max(u.mean), 0)`,

  'without-case': (span, { 'without-case': limit }) => sql`
    select system, ${found}, jsonb_build_object('records', count(*)) as figures
      from (${exchanges(span)}) e where case_no is null and application is null and outcome = 'released'
     group by system having count(*) >= ${limit.records}`,

  // Found on the first day after the due day; the records are those of the exchanges that asked.
  'task-overdue': ({ from }, { 'task-overdue': limit }) => sql`
    select null as system, t.provider as member, array_agg(distinct i order by i) as records,
           jsonb_build_object('tasks', count(distinct t.task_id)) as figures
      from clerk_tasks_seen t cross join lateral unnest(t.records) as i
     where t.due_on = to_char((${from}::timestamptz at time zone interval '8 hours')::date - 1, 'YYYYMMDD')
       and not exists (select from clerk_task_ends e where e.task_id = t.task_id and e.ended_at < ${from})
     group by t.provider having count(distinct t.task_id) >= ${limit.records}`,
}

type CaseKind = Extract<FindingKind, `case-${string}`>

/** A case of the read's number, of the department that read. */
const own = sql`select from cases c where c.case_no = e.case_no and c.member = e.member`
const any = sql`select from cases c where c.case_no = e.case_no`

/**
 * Releases held against the cases that were reported. A department that reports none is not asked why its cases are
 * unknown; a case reported by several departments is everyone's who reported it.
 */
const CASE_CONDITIONS: Record<CaseKind, (thresholds: Thresholds, now: Date) => RawBuilder<unknown>> = {
  'case-unknown': ({ 'case-unknown': { graceHours } }, now) => sql`
    not exists (${any}) and exists (select from cases c where c.member = e.member)
    and e.recorded_at < ${now}::timestamptz - ${graceHours}::float8 * interval '1 hour'`,
  'case-closed': ({ 'case-closed': { graceHours } }) => sql`
    exists (${any}) and not exists (
      ${any} and (c.closed_at is null or e.recorded_at <= c.closed_at + ${graceHours}::float8 * interval '1 hour'))`,
  'case-other-item': () => sql`
    e.item is not null and exists (${any} and c.item is not null) and not exists (${any} and (c.item is null or c.item = e.item))`,
  'case-other-member': () => sql`exists (${any}) and not exists (${own})`,
  'case-other-subject': () => sql`
    e.subject_digest is not null and exists (${any})
    and not exists (${any} and (e.subject_digest = any (c.subject_digests) or c.subject_digests = '{}'))`,
}
export const CASE_KINDS = Object.keys(CASE_CONDITIONS) as CaseKind[]

export const caseAnomaly = (
  kind: CaseKind,
  span: Span,
  thresholds: Thresholds,
  now: Date,
): RawBuilder<SuspicionRow> => sql`
  select e.system, ${found}, jsonb_build_object('records', count(*)) as figures
    from (${exchanges(span)}) e
   where e.case_no is not null and e.outcome = 'released' and ${CASE_CONDITIONS[kind](thresholds, now)}
   group by e.system having count(*) >= ${thresholds[kind].records}`
