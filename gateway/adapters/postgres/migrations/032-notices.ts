import { type Kysely, sql } from 'kysely'

/**
 * Change notices, corrections (校核纠错) and use reports.
 *
 * Their rows are written after their record is durable; a process that dies between the two has not answered, and what
 * the caller sends again is recorded again. `raised_at` and `ended_at` are the only cells that ever change.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table change_notices (
      exchange_id text collate "C" primary key,
      member text not null,
      dataset text not null,
      change text not null,
      sealed_subject bytea not null,
      occurred_at timestamptz not null,
      reported_at timestamptz not null,
      raised_at timestamptz
    )`.execute(db)
  await sql`create index change_notices_to_raise on change_notices (reported_at) where raised_at is null`.execute(db)

  await sql`create sequence correction_numbers`.execute(db)
  await sql`
    create table corrections (
      number text collate "C" primary key,
      exchange_id text collate "C" not null unique,
      about_exchange text collate "C" not null,
      system text not null,
      member text not null,
      provider text not null,
      dataset text not null,
      fields text[] not null,
      subject_digest text collate "C" not null,
      sealed_text bytea not null,
      opened_at timestamptz not null,
      due_on text,
      ended_at timestamptz
    )`.execute(db)
  await sql`create index corrections_by_filer on corrections (system, opened_at desc)`.execute(db)
  await sql`create index corrections_by_provider on corrections (provider, opened_at desc)`.execute(db)
  await sql`create index corrections_open on corrections (dataset, subject_digest) where ended_at is null`.execute(db)

  // The primary key is the state machine: a correction enters each state once.
  await sql`
    create table correction_steps (
      number text collate "C" not null references corrections,
      state text not null check (state in ('open', 'answered', 'closed')),
      exchange_id text collate "C" not null,
      system text not null,
      member text not null,
      result text check (result in ('corrected', 'confirmed', 'not-held')),
      sealed_text bytea,
      entered_at timestamptz not null,
      primary key (number, state)
    )`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on correction_steps
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table correction_steps enable always trigger append_only`.execute(db)

  await sql`
    create table usage_reports (
      exchange_id text collate "C" primary key,
      about_exchange text collate "C" not null,
      system text not null,
      member text not null,
      dataset text,
      state text not null check (state in ('correct', 'incomplete', 'wrong', 'unused')),
      reported_at timestamptz not null
    )`.execute(db)
  await sql`create index usage_reports_by_exchange on usage_reports (about_exchange)`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on usage_reports
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table usage_reports enable always trigger append_only`.execute(db)
}
