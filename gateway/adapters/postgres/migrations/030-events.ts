import { type Kysely, sql } from 'kysely'

/**
 * What departments and the approval platform report of cases, certificates and registers.
 *
 * An event counts once its record is in the log: its row is written first (which reserves system and event id), the
 * record next, and every reader joins `exchange_ids`. So a row whose record never became durable is invisible, and the
 * same event sent again takes it over under the same exchange id; there is no moment at which one exists and the other
 * can be lost. One commit for both would have meant to hold the head row of the log over further round trips
 * (002-log, 004-append), which design §9 forbids.
 *
 * Identifiers are never in clear: subjects and certificate numbers are keyed digests beside sealed values.
 * Events are append-only for everyone, like the log they belong to.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table events (
      exchange_id text collate "C" primary key,
      system text collate "C" not null,
      event_id text collate "C" not null,
      content_digest text not null,
      member text collate "C" not null,
      kind text not null,
      scenario text,
      item text,
      dataset text,
      case_no text,
      application text,
      outcome text,
      occurred_at timestamptz not null,
      reported_at timestamptz not null,
      certificate_type text,
      certificate_digest text collate "C",
      sealed_certificate bytea,
      certificate_valid_until text check (certificate_valid_until ~ '^[0-9]{8}$'),
      unique (system, event_id)
    )`.execute(db)
  await sql`create index events_by_case on events (member, case_no) where case_no is not null`.execute(db)
  await sql`create index events_by_application on events (member, application) where application is not null`.execute(
    db,
  )
  await sql`
    create index events_by_certificate on events (certificate_type, certificate_digest)
     where certificate_digest is not null`.execute(db)
  await sql`create index events_by_report on events (reported_at)`.execute(db)

  await sql`
    create table event_subjects (
      exchange_id text collate "C" not null references events,
      position int not null,
      role text not null,
      subject_type text not null,
      id_type text not null,
      subject_digest text collate "C" not null,
      sealed_subject bytea not null,
      primary key (exchange_id, position)
    )`.execute(db)
  await sql`create index event_subjects_by_digest on event_subjects (subject_digest)`.execute(db)

  for (const table of ['events', 'event_subjects']) {
    await sql`
      create trigger append_only before update or delete or truncate on ${sql.table(table)}
      for each statement execute function refuse_change()`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger append_only`.execute(db)
  }
}
