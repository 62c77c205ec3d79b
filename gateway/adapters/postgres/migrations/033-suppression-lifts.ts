import { type Kysely, sql } from 'kysely'

/** A suppression that is no longer justified ends before its time, by an entry of its own: nothing is ever changed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table dossier_suppression_lifts (
      suppression_id bigint primary key references dossier_suppressions,
      lifted_by text not null,
      lifted_at timestamptz not null,
      exchange_id text not null
    )`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on dossier_suppression_lifts
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table dossier_suppression_lifts enable always trigger append_only`.execute(db)
}
