import { type Kysely, sql } from 'kysely'

/**
 * What applicants supplied and departments verified (最多报一次).
 *
 * As an event (030-events), a declaration counts once its record is in the log: its rows are written first, the record
 * next, and every reader joins `exchange_ids`. Values are sealed one by one; the subject is a keyed digest. Nothing is
 * ever changed: a newer declaration supersedes, a correction adds a strike. Rows leave with the sides of their record
 * (043-erasure), or, once they have been out of use long enough, under an act of retention.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table declarations (
      exchange_id text collate "C" primary key,
      system text collate "C" not null,
      declaration_id text collate "C" not null,
      content_digest text not null,
      member text collate "C" not null,
      scenario text not null,
      item text not null,
      case_no text,
      application text,
      dataset text collate "C" not null,
      subject_digest text collate "C" not null,
      sealed_operator bytea not null,
      method text not null,
      declared_at timestamptz not null,
      verified_at timestamptz not null,
      valid_until text not null check (valid_until ~ '^[0-9]{8}$'),
      unique (system, declaration_id)
    )`.execute(db)
  await sql`create index declarations_by_subject on declarations (subject_digest, dataset)`.execute(db)
  await sql`
    create table declared_values (
      exchange_id text collate "C" not null references declarations on delete cascade,
      field text collate "C" not null,
      sealed bytea not null check (octet_length(sealed) between 1 and 65536),
      primary key (exchange_id, field)
    )`.execute(db)
  await sql`
    create table declaration_strikes (
      exchange_id text collate "C" not null,
      field text collate "C" not null,
      correction text collate "C" not null,
      struck_in text collate "C" not null,
      struck_at timestamptz not null,
      primary key (exchange_id, field),
      foreign key (exchange_id, field) references declared_values on delete cascade
    )`.execute(db)

  await sql`
    create function guard_people_rows() returns trigger
    language plpgsql set search_path = public, pg_temp as $$
    begin
      if tg_op = 'DELETE' and coalesce(current_setting('guanyi.retention_act', true), '') <> '' then
        perform retention_act(current_setting('guanyi.retention_act', true));
        return old;
      end if;
      raise exception '% 只可追加，不得修改或删除 (append-only: % refused)', tg_table_name, tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  for (const table of ['declarations', 'declared_values', 'declaration_strikes'] as const) {
    await sql`
      create trigger append_only before update or delete on ${sql.table(table)}
      for each row execute function guard_people_rows()`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger append_only`.execute(db)
    await sql`
      create trigger no_truncate before truncate on ${sql.table(table)}
      for each statement execute function refuse_change()`.execute(db)
  }

  // A trigger of its own beside 043-erasure's: neither has to know what the other removes.
  await sql`
    create function erase_declaration() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      delete from declarations where exchange_id = (
        select r.exchange_id from records r where r.index = old.index and r.recorded_at = old.recorded_at);
      return null;
    end $$`.execute(db)
  await sql`
    create trigger erase_declaration after delete on record_sides
    for each row execute function erase_declaration()`.execute(db)

  /*
   * Removes values that have been out of use for so many months: run out, superseded or struck. That there was a
   * declaration, and by whom, stays as long as its record's sides. Answers how many went.
   */
  await sql`
    create function purge_declared_values(p_act text, p_months int) returns int
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      gone int;
    begin
      perform retention_act(p_act);
      perform set_config('guanyi.retention_act', p_act, true);
      delete from declared_values v using declared_values_ended e
       where e.exchange_id = v.exchange_id and e.field = v.field
         and e.ended_at + make_interval(months => p_months) < clock_timestamp();
      get diagnostics gone = row_count;
      return gone;
    end $$`.execute(db)
  await sql`
    create view declared_values_ended as
    select v.exchange_id, v.field,
           least((d.valid_until::date + 1)::timestamp at time zone interval '8 hours', s.struck_at,
                 (select min(nd.declared_at) from declarations nd
                   join exchange_ids nx on nx.exchange_id = nd.exchange_id
                   join declared_values nv on nv.exchange_id = nd.exchange_id and nv.field = v.field
                  where nd.dataset = d.dataset and nd.subject_digest = d.subject_digest and nx.index > x.index
                    and not exists (select from declaration_strikes ns
                                     where ns.exchange_id = nv.exchange_id and ns.field = nv.field))) as ended_at
      from declarations d
      join exchange_ids x on x.exchange_id = d.exchange_id
      join declared_values v on v.exchange_id = d.exchange_id
      left join declaration_strikes s on s.exchange_id = v.exchange_id and s.field = v.field`.execute(db)
  await sql`revoke execute on function purge_declared_values(text, int) from public`.execute(db)
}
