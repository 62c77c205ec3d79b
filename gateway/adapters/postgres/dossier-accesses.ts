import { type RawBuilder, sql } from 'kysely'
import {
  type AccessCounts,
  type AccessHistory,
  type AccessLine,
  type AccessQuery,
  DATA_MODES,
  REPORT_MODES,
} from '../../dossier/accesses.ts'
import { eventStoreFailure } from './event-failure.ts'
import type { EventDatabase } from './event-tables.ts'

interface LineRow {
  index: string
  exchange_id: string
  recorded_at: Date
  mode: string
  outcome: AccessLine['outcome']
  code: string | null
  member: string
  system: string
  on_behalf_of: string | null
  scenario: string | null
  item: string | null
  case_no: string | null
  application: string | null
  purpose: string | null
  fields: string[]
  grants: string[]
  entry: Buffer
  salt: Buffer
  is_subject: boolean
  suppression: { id: string; legal_basis: string; valid_from: string; valid_until: string; approved_by: string } | null
}

/** Access history in PostgreSQL: two ways in (subject, party), each an index; no copy of the link is kept. */
export function createPostgresAccessHistory(db: EventDatabase): AccessHistory {
  return {
    async page(query) {
      const { rows } = await sql<LineRow>`
        select r.index, r.exchange_id, r.recorded_at, r.mode, r.outcome, r.code, r.member, r.system, r.on_behalf_of,
               r.scenario, r.item, r.case_no, r.application, r.purpose, r.fields, r.grants, r.entry, t.salt, t.is_subject,
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

    async suppress(suppression) {
      const { id } = await db
        .insertInto('dossier_suppressions')
        .values({
          subject_digest: suppression.subjectDigest,
          member: suppression.member,
          scenario: suppression.scenario,
          legal_basis: suppression.legalBasis,
          valid_from: new Date(suppression.fromMs),
          valid_until: new Date(suppression.untilMs),
          approved_by: suppression.approvedBy,
          entered_by: suppression.enteredBy,
          entered_at: new Date(suppression.enteredAtMs),
          exchange_id: suppression.exchangeId,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
        .catch(eventStoreFailure)
      return id
    },

    async suppressions(subjectDigest) {
      const rows = await db
        .selectFrom('dossier_suppressions as s')
        .leftJoin('dossier_suppression_lifts as l', 'l.suppression_id', 's.id')
        .selectAll('s')
        .select('l.lifted_at')
        .where('s.subject_digest', '=', subjectDigest)
        .orderBy('s.id')
        .execute()
        .catch(eventStoreFailure)
      return rows.map((row) => ({
        id: row.id,
        subjectDigest: row.subject_digest,
        member: row.member,
        scenario: row.scenario,
        legalBasis: row.legal_basis,
        fromMs: row.valid_from.getTime(),
        untilMs: row.valid_until.getTime(),
        approvedBy: row.approved_by,
        enteredBy: row.entered_by,
        enteredAtMs: row.entered_at.getTime(),
        exchangeId: row.exchange_id,
        liftedAtMs: row.lifted_at?.getTime() ?? null,
      }))
    },

    async suppressed(id) {
      const row = await db
        .selectFrom('dossier_suppressions')
        .select('subject_digest')
        .where('id', '=', id)
        .executeTakeFirst()
        .catch(eventStoreFailure)
      return row?.subject_digest
    },

    async lift({ id, liftedBy, liftedAtMs, exchangeId }) {
      const added = await db
        .insertInto('dossier_suppression_lifts')
        .values({ suppression_id: id, lifted_by: liftedBy, lifted_at: new Date(liftedAtMs), exchange_id: exchangeId })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
        .catch(eventStoreFailure)
      return added.numInsertedOrUpdatedRows === 1n
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

function lineOf(row: LineRow): AccessLine {
  const { suppression } = row
  return {
    index: BigInt(row.index),
    exchangeId: row.exchange_id,
    recordedAtMs: row.recorded_at.getTime(),
    mode: row.mode,
    outcome: row.outcome,
    code: row.code,
    member: row.member,
    system: row.system,
    onBehalfOf: row.on_behalf_of,
    scenario: row.scenario,
    item: row.item,
    caseNo: row.case_no,
    application: row.application,
    purpose: row.purpose,
    fields: row.fields,
    grants: row.grants,
    entry: row.entry,
    salt: row.salt,
    isSubject: row.is_subject,
    suppression:
      suppression === null
        ? null
        : {
            id: String(suppression.id),
            legalBasis: suppression.legal_basis,
            fromMs: Date.parse(suppression.valid_from),
            untilMs: Date.parse(suppression.valid_until),
            approvedBy: suppression.approved_by,
          },
  }
}

function countsOf(
  rows: readonly { member: string; scenario: string | null; outcome: AccessLine['outcome']; n: string }[],
): AccessCounts {
  const counts: AccessCounts = { total: 0, released: 0, refused: 0, failed: 0, byMember: [], byScenario: [] }
  const members = new Map<string, number>()
  const scenarios = new Map<string | null, number>()
  for (const { member, scenario, outcome, n } of rows) {
    counts.total += Number(n)
    counts[outcome] += Number(n)
    members.set(member, (members.get(member) ?? 0) + Number(n))
    scenarios.set(scenario, (scenarios.get(scenario) ?? 0) + Number(n))
  }
  const most = <T extends { count: number }>(list: T[]): T[] => list.sort((a, b) => b.count - a.count)
  counts.byMember = most([...members].map(([member, count]) => ({ member, count })))
  counts.byScenario = most([...scenarios].map(([scenario, count]) => ({ scenario, count })))
  return counts
}
