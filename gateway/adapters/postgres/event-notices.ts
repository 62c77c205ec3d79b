import { sql } from 'kysely'
import type { Correction, CorrectionState, CorrectionStep, NoticeStore } from '../../events/notices.ts'
import { eventStoreFailure } from './event-failure.ts'
import type { EventDatabase, EventTables } from './event-tables.ts'

/** Change notices, corrections and use reports in PostgreSQL (032-notices). */
export function createPostgresNoticeStore(db: EventDatabase): NoticeStore {
  const store: NoticeStore = {
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
      const rows = await db
        .selectFrom('change_notices')
        .select(['exchange_id', 'sealed_subject'])
        .where('raised_at', 'is', null)
        .orderBy('reported_at')
        .limit(limit)
        .execute()
      return rows.map((row) => ({ exchangeId: row.exchange_id, sealedSubject: row.sealed_subject }))
    },
    async raised(exchangeId, nowMs) {
      await db
        .updateTable('change_notices')
        .set({ raised_at: new Date(nowMs) })
        .where('exchange_id', '=', exchangeId)
        .execute()
    },

    async nextCorrectionNumber(day) {
      const { rows } = await sql<{ n: string }>`select nextval('correction_numbers') as n`.execute(db)
      return `JZ${day}-${rows[0]!.n.padStart(6, '0')}`
    },
    async addCorrection(correction, step) {
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto('corrections')
          .values({
            number: correction.number,
            exchange_id: correction.exchangeId,
            about_exchange: correction.aboutExchange,
            system: correction.system,
            member: correction.member,
            provider: correction.provider,
            dataset: correction.dataset,
            fields: correction.fields,
            subject_digest: correction.subjectDigest,
            sealed_text: correction.sealedText,
            opened_at: new Date(correction.openedAtMs),
            due_on: correction.dueOn,
            ended_at: null,
          })
          .execute()
        await tx.insertInto('correction_steps').values(stepRow(correction.number, step)).execute()
      })
    },
    async correction(number) {
      const row = await db.selectFrom('corrections').selectAll().where('number', '=', number).executeTakeFirst()
      if (row === undefined) return undefined
      const steps = await db
        .selectFrom('correction_steps')
        .selectAll()
        .where('number', '=', number)
        .orderBy('entered_at')
        .execute()
      return { correction: correctionOf(row), steps: steps.map(stepOf) }
    },
    async corrections(box, limit) {
      const rows = await db
        .selectFrom('corrections as c')
        .selectAll('c')
        .select((e) =>
          e
            .selectFrom('correction_steps as s')
            .select('s.state')
            .whereRef('s.number', '=', 'c.number')
            .orderBy('s.entered_at', 'desc')
            .limit(1)
            .as('state'),
        )
        .$if('filedBy' in box, (query) => query.where('c.system', '=', (box as { filedBy: string }).filedBy))
        .$if('receivedBy' in box, (query) => query.where('c.provider', '=', (box as { receivedBy: string }).receivedBy))
        .orderBy('c.opened_at', 'desc')
        .limit(limit)
        .execute()
      return rows.map((row) => ({ correction: correctionOf(row), state: row.state ?? ('open' as CorrectionState) }))
    },
    async addStep(number, step) {
      return await db.transaction().execute(async (tx) => {
        const added = await tx
          .insertInto('correction_steps')
          .values(stepRow(number, step))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
        if (added.numInsertedOrUpdatedRows !== 1n) return false
        if (step.state === 'answered')
          await tx
            .updateTable('corrections')
            .set({ ended_at: new Date(step.enteredAtMs) })
            .where('number', '=', number)
            .execute()
        return true
      })
    },
    async openCorrections() {
      const rows = await db
        .selectFrom('corrections')
        .select(['number', 'dataset', 'subject_digest'])
        .where('ended_at', 'is', null)
        .orderBy('number')
        .execute()
      return rows.map((row) => ({ number: row.number, dataset: row.dataset, subjectDigest: row.subject_digest }))
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

const stepRow = (number: string, step: CorrectionStep): EventTables['correction_steps'] => ({
  number,
  state: step.state,
  exchange_id: step.exchangeId,
  system: step.system,
  member: step.member,
  result: step.result,
  sealed_text: step.sealedText,
  entered_at: new Date(step.enteredAtMs),
})

const stepOf = (row: EventTables['correction_steps']): CorrectionStep => ({
  state: row.state,
  exchangeId: row.exchange_id,
  system: row.system,
  member: row.member,
  result: row.result,
  sealedText: row.sealed_text,
  enteredAtMs: row.entered_at.getTime(),
})

const correctionOf = (row: EventTables['corrections']): Correction => ({
  number: row.number,
  exchangeId: row.exchange_id,
  aboutExchange: row.about_exchange,
  system: row.system,
  member: row.member,
  provider: row.provider,
  dataset: row.dataset,
  fields: row.fields,
  subjectDigest: row.subject_digest,
  sealedText: row.sealed_text,
  openedAtMs: row.opened_at.getTime(),
  dueOn: row.due_on,
})
