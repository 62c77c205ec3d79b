import type { DossierReader } from '../../../dossier/types.ts'
import { eventStoreFailure } from '../events/failure.ts'
import type { EventDatabase } from '../events/tables.ts'
import { heldCertificate, timelineLine } from './rows.ts'

/** Reads one dossier's data side, oldest first. */
export function createPostgresDossierReader(db: EventDatabase): DossierReader {
  return {
    async timeline(subjectDigest) {
      const rows = await db
        .selectFrom('dossier_timeline')
        .selectAll()
        .where('subject_digest', '=', subjectDigest)
        .orderBy('occurred_at')
        .orderBy('exchange_id')
        .orderBy('role')
        .execute()
        .catch(eventStoreFailure)
      return rows.map(timelineLine)
    },
    async certificates(subjectDigest) {
      const rows = await db
        .selectFrom('dossier_certificates')
        .selectAll()
        .where('subject_digest', '=', subjectDigest)
        .orderBy('issued_at')
        .orderBy('certificate_digest')
        .execute()
        .catch(eventStoreFailure)
      return rows.map(heldCertificate)
    },
  }
}
