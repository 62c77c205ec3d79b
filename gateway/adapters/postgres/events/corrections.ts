import { sql } from 'kysely'
import type { Correction, CorrectionState, CorrectionStep, NoticeStore } from '../../../events/notices.ts'
import type { EventDatabase, EventTables } from './tables.ts'

/** Corrections in PostgreSQL (032-notices). Each enters a state once: the primary key of its steps sees to that. */
export function createPostgresCorrections(
  db: EventDatabase,
): Pick<
  NoticeStore,
  'nextCorrectionNumber' | 'addCorrection' | 'correction' | 'corrections' | 'addStep' | 'openCorrections'
> {
  return {
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
