import { type Kysely, sql } from 'kysely'

/**
 * Prefilled forms by month, as counted from the records alone: what 表单字段共享率, 电子证照替代率 and 免提交率 are made of.
 *
 * A form is counted from the record of its main bearer's exchange, which is the only one that carries `prefill.totals`, so
 * once however many bearers it has; a bundle is as many forms as it has items, each under its own department. Checking a
 * form again (`recheck`) is not filling it. `member` is the department whose grants decided, '' where the caller was no
 * agent of the item's department. `state` is '' for entries of version 1, which do not say whether a form is complete.
 *
 * Made from index ranges behind one position that moves in the same transaction, as in 021-audit-days: every record counts
 * once, whoever counts. `rebuild_prefill_months` forgets everything; counting again gives the same rows, as far as the
 * records are still kept. Months are months in China.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table prefill_months (
      month date not null,
      member text collate "C" not null,
      item text collate "C" not null,
      scenario text collate "C" not null,
      state text collate "C" not null,
      basis text collate "C" not null,
      forms bigint not null,
      fields bigint not null,
      filled bigint not null,
      materials bigint not null,
      not_needed bigint not null,
      abolished bigint not null,
      by_certificate bigint not null,
      by_sharing bigint not null,
      certificates bigint not null,
      primary key (month, member, item, scenario, state, basis)
    ) with (fillfactor = 70)`.execute(db)
  await sql`
    create table prefill_months_position (
      only_row boolean primary key default true check (only_row),
      next bigint not null default 0
    )`.execute(db)
  await sql`insert into prefill_months_position default values`.execute(db)

  // An entry that is not JSON, or says something else than counts, counts nothing; one such must not stop the counting.
  // Not `parallel safe`: catching is a subtransaction, which no parallel worker may start.
  await sql`
    create function record_prefill_totals(entry bytea) returns jsonb
    language plpgsql immutable strict parallel unsafe set search_path = pg_catalog, pg_temp as $$
    declare totals jsonb;
    begin
      totals := convert_from(entry, 'UTF8')::jsonb #> '{prefill,totals}';
      if jsonb_typeof(totals) is distinct from 'object' or (totals ->> 'recheck')::int > 0 then
        return null;
      end if;
      return jsonb_build_object(
        'state', coalesce(totals ->> 'state', ''),
        'basis', coalesce(totals ->> 'basis', ''),
        'stated', totals ? 'department',
        'department', coalesce(totals ->> 'department', ''),
        'counts', (select jsonb_object_agg(name, coalesce((totals ->> name)::bigint, 0))
                     from unnest(array['fields', 'filled', 'materials', 'notNeeded', 'abolished', 'byCertificate', 'bySharing', 'certificates']) name));
    exception when data_exception or untranslatable_character then
      return null;
    end $$`.execute(db)

  // Output: the index everything below which is counted.
  await sql`
    create function roll_up_prefills(at_most int) returns bigint
    language plpgsql security definer set search_path = public, pg_temp set jit = off as $$
    declare
      first bigint;
      upto bigint;
    begin
      select p.next into strict first from prefill_months_position p for update;
      select least(h.size, first + at_most) into strict upto from log_head h;
      if upto <= first then
        return first;
      end if;
      with made as materialized (
        select date_trunc('month', recorded_at at time zone interval '8 hours')::date as month,
               coalesce(on_behalf_of, member) as recorded_member, coalesce(item, '') as item, coalesce(scenario, '') as scenario,
               record_prefill_totals(entry) as totals
          from records where index >= first and index < upto and mode = 'prefill'
      )
      insert into prefill_months as p (month, member, item, scenario, state, basis, forms, fields, filled, materials,
        not_needed, abolished, by_certificate, by_sharing, certificates)
      select month, case when (totals -> 'stated')::boolean then totals ->> 'department' else recorded_member end, item, scenario,
             totals ->> 'state', totals ->> 'basis', count(*),
             sum((totals #> '{counts,fields}')::bigint), sum((totals #> '{counts,filled}')::bigint),
             sum((totals #> '{counts,materials}')::bigint), sum((totals #> '{counts,notNeeded}')::bigint),
             sum((totals #> '{counts,abolished}')::bigint), sum((totals #> '{counts,byCertificate}')::bigint),
             sum((totals #> '{counts,bySharing}')::bigint), sum((totals #> '{counts,certificates}')::bigint)
        from made where totals is not null group by 1, 2, 3, 4, 5, 6
          on conflict (month, member, item, scenario, state, basis) do update
             set forms = p.forms + excluded.forms, fields = p.fields + excluded.fields, filled = p.filled + excluded.filled,
                 materials = p.materials + excluded.materials, not_needed = p.not_needed + excluded.not_needed,
                 abolished = p.abolished + excluded.abolished, by_certificate = p.by_certificate + excluded.by_certificate,
                 by_sharing = p.by_sharing + excluded.by_sharing, certificates = p.certificates + excluded.certificates;

      update prefill_months_position set next = upto;
      return upto;
    end $$`.execute(db)
  await sql`
    create function rebuild_prefill_months() returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform from prefill_months_position for update;
      delete from prefill_months;
      update prefill_months_position set next = 0;
    end $$`.execute(db)
  await sql`revoke execute on function roll_up_prefills(int) from public`.execute(db)
  await sql`revoke execute on function rebuild_prefill_months() from public`.execute(db)
}
