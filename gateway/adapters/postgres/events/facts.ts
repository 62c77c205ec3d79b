import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely'
import type { EventFacts } from '../../../dossier/types.ts'
import type { EventKind } from '../../../events/types.ts'
import type { EventDatabase, EventTables } from './tables.ts'

type Where = (
  where: ExpressionBuilder<{ e: EventTables['events']; x: EventTables['exchange_ids'] }, 'e' | 'x'>,
) => ExpressionWrapper<{ e: EventTables['events']; x: EventTables['exchange_ids'] }, 'e' | 'x', SqlBool>

/** Recorded events that meet a condition, with their subjects. Rows without a record are as if they were not there. */
export async function selectFacts(db: EventDatabase, where: Where): Promise<EventFacts[]> {
  const rows = await db
    .selectFrom('events as e')
    .innerJoin('exchange_ids as x', 'x.exchange_id', 'e.exchange_id')
    .selectAll('e')
    .select('x.index')
    .where(where)
    .orderBy('x.index')
    .execute()
  if (rows.length === 0) return []
  const ids = rows.map(({ exchange_id }) => exchange_id)
  const parties = await db
    .selectFrom('event_subjects')
    .select(['exchange_id', 'role', 'subject_digest'])
    .where('exchange_id', 'in', ids)
    .orderBy('exchange_id')
    .orderBy('position')
    .execute()
  const subjects = new Map<string, EventFacts['subjects']>(ids.map((id) => [id, []]))
  for (const { exchange_id, role, subject_digest } of parties)
    subjects.get(exchange_id)?.push({ role, digest: subject_digest })
  return rows.map((row) => ({
    exchangeId: row.exchange_id,
    index: BigInt(row.index),
    system: row.system,
    member: row.member,
    kind: row.kind as EventKind,
    scenario: row.scenario,
    item: row.item,
    dataset: row.dataset,
    caseNo: row.case_no,
    application: row.application,
    outcome: row.outcome,
    occurredAtMs: row.occurred_at.getTime(),
    certificate:
      row.certificate_type === null || row.certificate_digest === null || row.sealed_certificate === null
        ? null
        : {
            type: row.certificate_type,
            digest: row.certificate_digest,
            sealed: row.sealed_certificate,
            validUntil: row.certificate_valid_until,
          },
    subjects: subjects.get(row.exchange_id)!,
  }))
}
