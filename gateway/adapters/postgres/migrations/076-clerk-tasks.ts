import { type Kysely, sql } from 'kysely'

/**
 * Questions that people answer (协查).
 *
 * A task is made while an exchange is under way, before its record; a clerk sees it once one of the exchanges that ask it
 * is recorded as released. So nobody is set to work, and nobody's name is shown, by a question that was refused or never
 * recorded. Subject, case and officer are sealed; the same question is told by a keyed digest. A task ends once: the
 * primary key of its end sees to that. Rows leave with the sides of the exchanges that asked, or under an act of retention.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table clerk_tasks (
      task_id uuid primary key,
      dataset text collate "C" not null,
      provider text collate "C" not null,
      member text collate "C" not null,
      scenario text not null,
      item text,
      purpose text not null,
      fields text[] not null,
      question_digest text collate "C" not null,
      subject_digest text collate "C" not null,
      sealed_question bytea not null check (octet_length(sealed_question) between 1 and 65536),
      opened_at timestamptz not null,
      due_on text check (due_on ~ '^[0-9]{8}$')
    )`.execute(db)
  await sql`create index clerk_tasks_by_question on clerk_tasks (question_digest, opened_at desc)`.execute(db)
  await sql`create index clerk_tasks_by_provider on clerk_tasks (provider, opened_at desc)`.execute(db)
  await sql`create index clerk_tasks_by_due on clerk_tasks (due_on)`.execute(db)
  await sql`
    create table clerk_task_askings (
      task_id uuid not null references clerk_tasks on delete cascade,
      exchange_id text collate "C" not null,
      asked_at timestamptz not null,
      primary key (task_id, exchange_id)
    )`.execute(db)
  await sql`create index clerk_task_askings_by_exchange on clerk_task_askings (exchange_id)`.execute(db)
  await sql`
    create table clerk_task_ends (
      task_id uuid primary key references clerk_tasks on delete cascade,
      outcome text not null check (outcome in ('answered', 'declined', 'withdrawn')),
      reason text,
      ended_in text collate "C" not null,
      sealed_answer bytea check (octet_length(sealed_answer) between 1 and 1048576),
      ended_at timestamptz not null,
      good_until timestamptz,
      check ((outcome = 'answered') = (sealed_answer is not null)),
      check ((outcome = 'declined') = (reason is not null)),
      check ((outcome = 'withdrawn') = (good_until is null))
    )`.execute(db)
  for (const table of ['clerk_tasks', 'clerk_task_askings', 'clerk_task_ends'] as const) {
    await sql`
      create trigger append_only before update or delete on ${sql.table(table)}
      for each row execute function guard_people_rows()`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger append_only`.execute(db)
    await sql`
      create trigger no_truncate before truncate on ${sql.table(table)}
      for each statement execute function refuse_change()`.execute(db)
  }
  await sql`
    create view clerk_tasks_seen as
    select t.*, array_agg(r.index order by r.index) as records
      from clerk_tasks t
      join clerk_task_askings a on a.task_id = t.task_id
      join exchange_ids x on x.exchange_id = a.exchange_id
      join records r on r.index = x.index and r.recorded_at = x.recorded_at and r.outcome = 'released'
     group by t.task_id`.execute(db)

  await sql`
    create function erase_clerk_task() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      asked text;
    begin
      select r.exchange_id into asked from records r where r.index = old.index and r.recorded_at = old.recorded_at;
      delete from clerk_tasks t
       where exists (select from clerk_task_askings a where a.task_id = t.task_id and a.exchange_id = asked)
         and not exists (select from clerk_task_askings o where o.task_id = t.task_id and o.exchange_id <> asked);
      delete from clerk_task_askings where exchange_id = asked;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger erase_clerk_task after delete on record_sides
    for each row execute function erase_clerk_task()`.execute(db)
  await sql`
    create function purge_clerk_tasks(p_act text, p_months int) returns int
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      gone int;
    begin
      perform retention_act(p_act);
      perform set_config('guanyi.retention_act', p_act, true);
      delete from clerk_tasks t using clerk_task_ends e
       where e.task_id = t.task_id and coalesce(e.good_until, e.ended_at) + make_interval(months => p_months) < clock_timestamp();
      get diagnostics gone = row_count;
      -- Asked by an exchange that broke off or was refused: nobody ever saw it.
      delete from clerk_tasks t
       where t.opened_at < clock_timestamp() - interval '1 day'
         and not exists (select from clerk_tasks_seen s where s.task_id = t.task_id);
      return gone;
    end $$`.execute(db)
  await sql`revoke execute on function purge_clerk_tasks(text, int) from public`.execute(db)
}
