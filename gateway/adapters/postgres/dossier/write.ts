import { sql } from 'kysely'
import type { Catalog } from '../../../catalog/types.ts'
import { caseState, heldCertificates, timelineLines } from '../../../dossier/project.ts'
import type { EventFacts } from '../../../dossier/types.ts'
import { selectFacts } from '../events/facts.ts'
import type { EventDatabase } from '../events/tables.ts'
import { caseRow, certificateRow, timelineRow } from './rows.ts'

/** Each writer makes its rows anew from all events they rest on, so that order and repetition do not matter. */

export async function writeLines(tx: EventDatabase, events: readonly EventFacts[], catalog: Catalog): Promise<void> {
  const rows = events.flatMap((event) => timelineLines(event, catalog)).map(timelineRow)
  if (rows.length === 0) return
  await tx
    .insertInto('dossier_timeline')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function writeCertificate(
  tx: EventDatabase,
  { type, digest }: { type: string; digest: string },
  lock: Lock,
): Promise<void> {
  await lock(tx, [`certificate ${type} ${digest}`])
  const events = await selectFacts(tx, (e) =>
    e.and([e('e.certificate_type', '=', type), e('e.certificate_digest', '=', digest)]),
  )
  await tx
    .deleteFrom('dossier_certificates')
    .where('certificate_type', '=', type)
    .where('certificate_digest', '=', digest)
    .execute()
  const rows = heldCertificates(events).map(certificateRow)
  if (rows.length > 0) await tx.insertInto('dossier_certificates').values(rows).execute()
}

/** The cases an event is of: its own number's, or every one that its application has been bound to. */
export async function writeCases(
  tx: EventDatabase,
  { member, caseNo, application }: Pick<EventFacts, 'member' | 'caseNo' | 'application'>,
  lock: Lock,
): Promise<void> {
  const numbers = new Set(caseNo === null ? [] : [caseNo])
  if (application !== null) {
    // Everybody locks applications before cases, and cases in their order: nobody waits in a circle.
    await lock(tx, [`application ${member} ${application}`])
    const bound = await selectFacts(tx, (e) =>
      e.and([e('e.member', '=', member), e('e.application', '=', application), e('e.case_no', 'is not', null)]),
    )
    for (const { caseNo } of bound) if (caseNo !== null) numbers.add(caseNo)
  }
  const sorted = [...numbers].sort()
  await lock(
    tx,
    sorted.map((number) => `case ${member} ${number}`),
  )
  for (const number of sorted) await writeCase(tx, member, number)
  if (application !== null) await writeApplication(tx, member, application, numbers.size > 0)
}

export type Lock = (tx: EventDatabase, keys: readonly string[]) => Promise<void>

/** Held to the end of the transaction. */
export const lockEach: Lock = async (tx, keys) => {
  for (const key of keys)
    await sql`select pg_advisory_xact_lock(hashtextextended(${`guanyi.dossiers ${key}`}, 0))`.execute(tx)
}

/** Who holds all dossiers needs no lock on each, of which the server has only so many. */
export const holdsAll: Lock = async () => undefined

async function writeCase(tx: EventDatabase, member: string, caseNo: string): Promise<void> {
  const own = await selectFacts(tx, (e) => e.and([e('e.member', '=', member), e('e.case_no', '=', caseNo)]))
  const applications = [...new Set(own.flatMap(({ application }) => (application === null ? [] : [application])))]
  const before =
    applications.length === 0
      ? []
      : await selectFacts(tx, (e) =>
          e.and([e('e.member', '=', member), e('e.application', 'in', applications), e('e.case_no', 'is', null)]),
        )
  await replace(tx, member, `case:${caseNo}`, [...own, ...before], { caseNo })
}

async function writeApplication(
  tx: EventDatabase,
  member: string,
  application: string,
  isBound: boolean,
): Promise<void> {
  const events = isBound
    ? []
    : await selectFacts(tx, (e) => e.and([e('e.member', '=', member), e('e.application', '=', application)]))
  await replace(tx, member, `application:${application}`, events, { application })
}

async function replace(
  tx: EventDatabase,
  member: string,
  key: string,
  events: readonly EventFacts[],
  id: Parameters<typeof caseState>[1],
): Promise<void> {
  await tx.deleteFrom('cases').where('member', '=', member).where('case_key', '=', key).execute()
  const state = caseState(events, id)
  if (state !== null) await tx.insertInto('cases').values(caseRow(state)).execute()
}
