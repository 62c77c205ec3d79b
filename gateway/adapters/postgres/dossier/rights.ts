import { type Kysely, sql } from 'kysely'

/**
 * What the service may do with events and dossiers: add events and reports, write and rewrite what is made of events.
 * It cannot change or remove anything that was reported.
 */
export async function grantDossierRights(db: Kysely<unknown>, role: string): Promise<void> {
  const to = sql.id(role)
  await sql`
    grant select, insert on events, event_subjects, dossier_suppressions, dossier_suppression_lifts, change_notices, corrections,
      correction_steps, usage_reports to ${to}`.execute(db)
  await sql`grant select, insert, update, delete on cases, dossier_timeline, dossier_certificates to ${to}`.execute(db)
  await sql`grant update (raised_at) on change_notices to ${to}`.execute(db)
  await sql`grant update (ended_at) on corrections to ${to}`.execute(db)
  await sql`grant usage on sequence correction_numbers to ${to}`.execute(db)
}
