import type { Catalog } from '../../catalog/types.ts'
import { caseState, heldCertificates, timelineLines } from '../../dossier/project.ts'
import type { EventFacts } from '../../dossier/types.ts'
import { caseRow, certificateRow, timelineRow } from './dossier-rows.ts'
import { selectFacts } from './event-facts.ts'
import type { EventDatabase } from './event-tables.ts'

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

export async function writeCertificate(tx: EventDatabase, type: string, digest: string): Promise<void> {
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
): Promise<void> {
  const numbers = new Set(caseNo === null ? [] : [caseNo])
  if (application !== null) {
    const bound = await selectFacts(tx, (e) =>
      e.and([e('e.member', '=', member), e('e.application', '=', application), e('e.case_no', 'is not', null)]),
    )
    for (const { caseNo } of bound) if (caseNo !== null) numbers.add(caseNo)
  }
  for (const number of [...numbers].sort()) await writeCase(tx, member, number)
  if (application !== null) await writeApplication(tx, member, application, numbers.size > 0)
}

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
