import type { EventStore, Reservation, StoredEvent } from '../../../events/types.ts'
import { eventStoreFailure } from './failure.ts'
import type { EventDatabase } from './tables.ts'

/** Events in PostgreSQL (030-events). `reserve` commits before the record is appended. */
export function createPostgresEventStore(db: EventDatabase): EventStore {
  async function insert(event: StoredEvent): Promise<boolean> {
    return await db.transaction().execute(async (tx) => {
      const { certificate } = event
      const inserted = await tx
        .insertInto('events')
        .values({
          exchange_id: event.exchangeId,
          system: event.system,
          event_id: event.eventId,
          content_digest: event.contentDigest,
          member: event.member,
          kind: event.kind,
          scenario: event.scenario,
          item: event.item,
          dataset: event.dataset,
          case_no: event.caseNo,
          application: event.application,
          outcome: event.outcome,
          occurred_at: new Date(event.occurredAtMs),
          reported_at: new Date(event.reportedAtMs),
          certificate_type: certificate?.type ?? null,
          certificate_digest: certificate?.digest ?? null,
          sealed_certificate: certificate?.sealed ?? null,
          certificate_valid_until: certificate?.validUntil ?? null,
        })
        .onConflict((conflict) => conflict.columns(['system', 'event_id']).doNothing())
        .executeTakeFirst()
      if (inserted.numInsertedOrUpdatedRows !== 1n) return false
      await tx
        .insertInto('event_subjects')
        .values(
          event.subjects.map(({ role, type, idType, digest, sealed }, position) => ({
            exchange_id: event.exchangeId,
            position,
            role,
            subject_type: type,
            id_type: idType,
            subject_digest: digest,
            sealed_subject: sealed,
          })),
        )
        .execute()
      return true
    })
  }

  async function known({ system, eventId, contentDigest }: StoredEvent): Promise<Reservation> {
    const row = await db
      .selectFrom('events as e')
      .leftJoin('exchange_ids as x', 'x.exchange_id', 'e.exchange_id')
      .select(['e.exchange_id', 'e.content_digest', 'x.index', 'x.recorded_at'])
      .where('e.system', '=', system)
      .where('e.event_id', '=', eventId)
      .executeTakeFirstOrThrow()
    if (row.content_digest !== contentDigest) return { status: 'conflict' }
    if (row.index === null || row.recorded_at === null) return { status: 'reserved', exchangeId: row.exchange_id }
    return {
      status: 'known',
      exchangeId: row.exchange_id,
      index: BigInt(row.index),
      recordedAtMs: row.recorded_at.getTime(),
    }
  }

  return {
    async reserve(event) {
      try {
        return (await insert(event)) ? { status: 'reserved', exchangeId: event.exchangeId } : await known(event)
      } catch (thrown) {
        return eventStoreFailure(thrown)
      }
    },
    close: () => db.destroy(),
  }
}
