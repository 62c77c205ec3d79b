import type { AccessHistory } from '../../../dossier/accesses.ts'
import { eventStoreFailure } from '../events/failure.ts'
import type { EventDatabase } from '../events/tables.ts'

/** Suppressions and their lifts in PostgreSQL: entries only, nothing is ever changed (031, 033). */
export function createPostgresSuppressions(
  db: EventDatabase,
): Pick<AccessHistory, 'suppress' | 'suppressions' | 'suppressed' | 'lift'> {
  return {
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
