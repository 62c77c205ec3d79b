import { type Kysely, sql } from 'kysely'

/**
 * What is made of the events: cases, life-cycle timeline and certificates held. Each row is a function of the recorded
 * events alone (and of the catalogue, for names of stages), so all three can be thrown away and made again
 * (`guanyi rebuild dossiers`).
 *
 * The access side of a dossier has no table of its own: it is read from records and their sides, so that erasing the
 * sides unlinks it too. Its second way in, the parties of an exchange, needs an
 * index, which 020 may have made.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // `case_key` is `case:<number>` or `application:<number>`: an application bound to a case has no row of its own.
  await sql`
    create table cases (
      member text collate "C" not null,
      case_key text collate "C" not null,
      system text not null,
      case_no text collate "C",
      application text collate "C",
      item text,
      scenario text,
      opened_at timestamptz not null,
      closed_at timestamptz,
      subject_digests text[] not null,
      primary key (member, case_key)
    )`.execute(db)
  await sql`create index cases_by_number on cases (case_no) where case_no is not null`.execute(db)
  await sql`create index cases_by_application on cases (application) where application is not null`.execute(db)

  await sql`
    create table dossier_timeline (
      subject_digest text collate "C" not null,
      exchange_id text collate "C" not null,
      role text collate "C" not null,
      log_index bigint not null,
      kind text not null,
      audience text,
      stage_no int,
      stage text,
      scenario text,
      item text,
      dataset text,
      member text not null,
      case_no text,
      application text,
      certificate_type text,
      outcome text,
      occurred_at timestamptz not null,
      primary key (subject_digest, exchange_id, role)
    )`.execute(db)
  await sql`create index dossier_timeline_by_event on dossier_timeline (exchange_id)`.execute(db)

  await sql`
    create table dossier_certificates (
      subject_digest text collate "C" not null,
      certificate_type text not null,
      certificate_digest text collate "C" not null,
      state text not null check (state in ('valid', 'revoked')),
      member text not null,
      item text,
      issued_at timestamptz,
      changed_at timestamptz not null,
      valid_until text,
      sealed_certificate bytea not null,
      sealed_for text not null,
      primary key (subject_digest, certificate_type, certificate_digest)
    )`.execute(db)

  await sql`
    create index if not exists record_sides_by_party on record_sides using gin (party_digests)
      with (fastupdate = off) where party_digests <> '{}'`.execute(db)

  // 依法暂缓告知: lines a subject is not shown in their own view for a time. Ended, they show.
  await sql`
    create table dossier_suppressions (
      id bigint generated always as identity primary key,
      subject_digest text collate "C" not null,
      member text,
      scenario text,
      legal_basis text not null check (legal_basis <> ''),
      valid_from timestamptz not null,
      valid_until timestamptz not null,
      approved_by text not null check (approved_by <> ''),
      entered_by text not null,
      entered_at timestamptz not null,
      exchange_id text not null,
      check (valid_until > valid_from)
    )`.execute(db)
  await sql`create index dossier_suppressions_by_subject on dossier_suppressions (subject_digest)`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on dossier_suppressions
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table dossier_suppressions enable always trigger append_only`.execute(db)
}
