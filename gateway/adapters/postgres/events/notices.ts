import { sql } from 'kysely'
import type { NoticeStore } from '../../../events/notices.ts'
import { createPostgresCorrections } from './corrections.ts'
import { eventStoreFailure } from './failure.ts'
import type { EventDatabase } from './tables.ts'

/** Change notices, corrections and use reports in PostgreSQL (032-notices). */
export function createPostgresNoticeStore(db: EventDatabase): NoticeStore {
  const store: NoticeStore = {
    ...createPostgresCorrections(db),
    async addChange(notice) {
      await db
        .insertInto('change_notices')
        .values({
          exchange_id: notice.exchangeId,
          member: notice.member,
          dataset: notice.dataset,
          change: notice.change,
          sealed_subject: notice.sealedSubject,
          occurred_at: new Date(notice.occurredAtMs),
          reported_at: new Date(notice.reportedAtMs),
          raised_at: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async unraised(limit) {
      // A declaration's waits for its record, before which nobody reads it: taken sooner it would be used up for nothing.
      const { rows } = await sql<{ exchange_id: string; sealed_subject: Buffer }>`
        select n.exchange_id, n.sealed_subject from change_notices n
         where n.raised_at is null
           and (exists (select from exchange_ids x where x.exchange_id = n.exchange_id)
                or not exists (select from declarations d where d.exchange_id = n.exchange_id))
         order by n.reported_at limit ${limit}`.execute(db)
      return rows.map((row) => ({ exchangeId: row.exchange_id, sealedSubject: row.sealed_subject }))
    },
    async raised(exchangeId, nowMs) {
      await db
        .updateTable('change_notices')
        .set({ raised_at: new Date(nowMs) })
        .where('exchange_id', '=', exchangeId)
        .execute()
    },

    async addUsage(report) {
      await db
        .insertInto('usage_reports')
        .values({
          exchange_id: report.exchangeId,
          about_exchange: report.aboutExchange,
          system: report.system,
          member: report.member,
          dataset: report.dataset,
          state: report.state,
          reported_at: new Date(report.reportedAtMs),
        })
        .execute()
    },
    async isAbout(exchangeId, subjectDigest) {
      const { rows } = await sql`
        select from exchange_ids x join record_sides s on s.index = x.index and s.recorded_at = x.recorded_at
         where x.exchange_id = ${exchangeId}
           and (s.subject_digest = ${subjectDigest} or ${subjectDigest} = any (s.party_digests))`.execute(db)
      return rows.length > 0
    },
  }
  return guarded(store)
}

/** Every method with one face of failure. */
function guarded(store: NoticeStore): NoticeStore {
  const wrap =
    <A extends unknown[], R>(method: (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> =>
      method(...given).catch(eventStoreFailure)
  return {
    addChange: wrap(store.addChange),
    unraised: wrap(store.unraised),
    raised: wrap(store.raised),
    nextCorrectionNumber: wrap(store.nextCorrectionNumber),
    addCorrection: wrap(store.addCorrection),
    correction: wrap(store.correction),
    corrections: wrap(store.corrections),
    addStep: wrap(store.addStep),
    openCorrections: wrap(store.openCorrections),
    addUsage: wrap(store.addUsage),
    isAbout: wrap(store.isAbout),
  }
}
