import { type RawBuilder, sql } from 'kysely'
import {
  type AccessHistory,
  type AccessLine,
  type AccessQuery,
  DATA_MODES,
  REPORT_MODES,
} from '../../../dossier/accesses.ts'
import { LINE_COLUMNS } from '../audit/rows.ts'
import { eventStoreFailure } from '../events/failure.ts'
import type { EventDatabase } from '../events/tables.ts'
import { countsOf, type LineRow, lineOf } from './access-rows.ts'
import { createPostgresSuppressions } from './suppressions.ts'

/** Access history in PostgreSQL: two ways in (subject, party), each an index; no copy of the link is kept. */
export function createPostgresAccessHistory(db: EventDatabase): AccessHistory {
  return {
    ...createPostgresSuppressions(db),
    async page(query) {
      const { rows } = await sql<LineRow>`
        select ${LINE_COLUMNS}, r.entry, t.salt, t.is_subject,
               ${suppressionOf(query)} as suppression
          from ${touched(query.subjectDigest)} t
          join records r on r.index = t.index and r.recorded_at = t.recorded_at
         where ${visible(query)} and (${query.before === null ? null : String(query.before)}::bigint is null
               or r.index < ${query.before === null ? null : String(query.before)}::bigint)
         order by r.index desc limit ${query.limit}`
        .execute(db)
        .catch(eventStoreFailure)
      return rows.map(lineOf)
    },

    async counts(query) {
      const { rows } = await sql<{
        member: string
        scenario: string | null
        outcome: AccessLine['outcome']
        n: string
      }>`
        select coalesce(r.on_behalf_of, r.member) as member, r.scenario, r.outcome, count(*) as n
          from ${touched(query.subjectDigest)} t
          join records r on r.index = t.index and r.recorded_at = t.recorded_at
         where ${visible(query)} group by 1, 2, 3`
        .execute(db)
        .catch(eventStoreFailure)
      return countsOf(rows)
    },
  }
}

/** The second half repeats the index's own condition, without which it would not be used. */
const touched = (digest: string): RawBuilder<unknown> => sql`(
  select index, recorded_at, salt, true as is_subject from record_sides where subject_digest = ${digest}
  union all
  select index, recorded_at, salt, false from record_sides
   where party_digests <> '{}' and party_digests @> array[${digest}] and subject_digest is distinct from ${digest})`

type Viewed = Pick<AccessQuery, 'view' | 'subjectDigest' | 'nowMs'>

const visible = (query: Viewed): RawBuilder<unknown> =>
  query.view === 'auditor'
    ? sql`r.mode <> all (${[...REPORT_MODES]}::text[])`
    : sql`r.mode = any (${[...DATA_MODES]}::text[]) and not exists (${inForce(query)})`

const inForce = ({ subjectDigest, nowMs }: Viewed): RawBuilder<unknown> => sql`
  select s.id, s.legal_basis, s.valid_from, s.valid_until, s.approved_by from dossier_suppressions s
   where s.subject_digest = ${subjectDigest}
     and s.valid_from <= ${new Date(nowMs)} and s.valid_until > ${new Date(nowMs)}
     and (s.member is null or s.member in (r.member, r.on_behalf_of))
     and (s.scenario is null or s.scenario = r.scenario)
     and not exists (select from dossier_suppression_lifts l where l.suppression_id = s.id)`

const suppressionOf = (query: Viewed): RawBuilder<unknown> =>
  query.view === 'auditor' ? sql`(select to_jsonb(f) from (${inForce(query)} limit 1) f)` : sql`null::jsonb`
