import { type Kysely, sql } from 'kysely'

/**
 * What a declaration leaves behind when it goes before its time (075-declarations, 077-people-retention).
 *
 * Erased under a legal duty, it must not bring back what it had replaced: values of the same fields that are older are
 * struck in the same transaction. Nor may a cached answer go on telling it: its change notice, which holds for whom the
 * cache is to be raised, is to be raised again, and leaves once that is done. Such a strike names neither an act nor the
 * erased record, and no more than a day: any of them would lead from the subject back to the record that was unlinked.
 *
 * One that was reserved and never recorded counts nowhere and would stay for ever; it goes after a day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table declaration_strikes alter column correction drop not null, alter column struck_in drop not null`.execute(
    db,
  )
  await sql`
    create or replace function erase_declaration() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      gone text;
    begin
      select r.exchange_id into gone from records r where r.index = old.index and r.recorded_at = old.recorded_at;
      insert into declaration_strikes (exchange_id, field, struck_at)
      select ov.exchange_id, ov.field, china_day(clock_timestamp())::timestamp at time zone interval '8 hours'
        from declarations d
        join declared_values v on v.exchange_id = d.exchange_id
        join declarations od on od.subject_digest = d.subject_digest and od.dataset = d.dataset
        join exchange_ids ox on ox.exchange_id = od.exchange_id and ox.index < old.index
        join declared_values ov on ov.exchange_id = od.exchange_id and ov.field = v.field
       where d.exchange_id = gone
      on conflict do nothing;
      update change_notices set raised_at = null
       where exchange_id = gone and exists (select from declarations d where d.exchange_id = gone);
      delete from declarations where exchange_id = gone;
      return null;
    end $$`.execute(db)

  await sql`
    create function record_erased(p_exchange_id text) returns boolean
    language sql stable security definer set search_path = public, pg_temp as $$
      select exists (select from exchange_ids x where x.exchange_id = p_exchange_id) and sides_gone(p_exchange_id)
    $$`.execute(db)
  // Its record's sides went under an act; what is left of them needs no second one.
  await sql`drop trigger append_only on change_notices`.execute(db)
  await sql`
    create trigger append_only before delete on change_notices
    for each row when (old.raised_at is null or not record_erased(old.exchange_id))
    execute function guard_held('notice', 'raised_at')`.execute(db)
  await sql`alter table change_notices enable always trigger append_only`.execute(db)
  await sql`
    create function end_raised_notice() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      delete from change_notices where exchange_id = new.exchange_id;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger end_raised_notice after update of raised_at on change_notices
    for each row when (new.raised_at is not null and record_erased(new.exchange_id))
    execute function end_raised_notice()`.execute(db)

  await sql`
    create view declarations_abandoned as
    select d.exchange_id, d.declared_at from declarations d
     where d.declared_at < clock_timestamp() - interval '1 day'
       and not exists (select from exchange_ids x where x.exchange_id = d.exchange_id)`.execute(db)
}
