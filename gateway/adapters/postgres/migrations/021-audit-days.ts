import { type Kysely, sql } from 'kysely'

/**
 * Counts per day for charts and monthly reports, so that a month of a million records is not read again for each.
 *
 * `record_days` counts records by day (China time), acting department and one dimension at a time: crossing them all
 * would make as many rows as there are records. `subject_registers` are HyperLogLog registers (1,024 of them, ± 3 %)
 * per month and department or dataset: how many different subjects, without a list of them and without a way from a
 * register to a record.
 *
 * Both are made from index ranges behind one position that moves in the same transaction: every record counts once,
 * whoever runs the job and however often. `rebuild_days` forgets everything; rolling up again gives the same rows,
 * as far as the records and their sides are still kept.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table record_days (
      day date not null,
      member text collate "C" not null,
      dimension text collate "C" not null check (dimension in ('all', 'system', 'scenario', 'code', 'mode', 'dataset', 'source')),
      value text collate "C" not null,
      outcome text collate "C" not null,
      records bigint not null,
      primary key (day, dimension, member, value, outcome)
    )`.execute(db)
  await sql`
    create table subject_registers (
      month date not null,
      kind text collate "C" not null check (kind in ('member', 'dataset')),
      id text collate "C" not null,
      bucket smallint not null,
      rank smallint not null,
      primary key (month, kind, id, bucket)
    ) with (fillfactor = 70)`.execute(db)
  await sql`
    create table rollup_position (
      only_row boolean primary key default true check (only_row),
      next bigint not null default 0
    )`.execute(db)
  await sql`insert into rollup_position default values`.execute(db)

  // An entry that is not JSON says nothing about sources; one such entry must not stop the counting.
  await sql`
    create function record_sources(entry bytea) returns jsonb
    language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    declare sources jsonb;
    begin
      sources := convert_from(entry, 'UTF8')::jsonb -> 'sources';
      return case when jsonb_typeof(sources) = 'object' then sources else '{}' end;
    exception when data_exception or untranslatable_character then
      return '{}';
    end $$`.execute(db)

  // Output: the index everything below which is counted.
  await sql`
    create function roll_up_days(at_most int) returns bigint
    language plpgsql security definer set search_path = public, pg_temp set jit = off as $$
    declare
      first bigint;
      upto bigint;
    begin
      select p.next into strict first from rollup_position p for update;
      select least(h.size, first + at_most) into strict upto from log_head h;
      if upto <= first then
        return first;
      end if;
      with made as materialized (
        select (recorded_at at time zone interval '8 hours')::date as day, coalesce(on_behalf_of, member) as member, system,
               coalesce(scenario, '') as scenario, coalesce(code, '') as code, mode, outcome, datasets,
               case when outcome = 'released' then record_sources(entry) end as sources
          from records where index >= first and index < upto
      ), counted as (
        select day, member, 'all' as dimension, '' as value, outcome, count(*) as records from made group by 1, 2, outcome
        union all select day, member, 'system', system, outcome, count(*) from made group by 1, 2, 4, 5
        union all select day, member, 'scenario', scenario, outcome, count(*) from made group by 1, 2, 4, 5
        union all select day, member, 'code', code, outcome, count(*) from made group by 1, 2, 4, 5
        union all select day, member, 'mode', mode, outcome, count(*) from made group by 1, 2, 4, 5
        union all select day, member, 'dataset', dataset, outcome, count(*)
                    from made cross join unnest(datasets) dataset group by 1, 2, 4, 5
        union all select day, member, 'source', dataset, status, count(*) from (
          select day, member, plain_field(s.key) as dataset, coalesce(s.value ->> 'status', '') as status
            from made cross join jsonb_each(sources) s
          union all
          select day, member, dataset, 'unavailable' from made cross join unnest(datasets) dataset where code like 'provider.%'
        ) answered group by 1, 2, 4, 5
      )
      insert into record_days as d (day, member, dimension, value, outcome, records)
      select day, member, dimension, value, outcome, records from counted
          on conflict (day, dimension, member, value, outcome) do update set records = d.records + excluded.records;

      with made as materialized (
        select date_trunc('month', r.recorded_at at time zone interval '8 hours')::date as month,
               coalesce(r.on_behalf_of, r.member) as member, r.datasets, md5(s.subject_digest) as hash
          from records r join record_sides s on s.index = r.index and s.recorded_at = r.recorded_at
         where r.index >= first and r.index < upto and s.index >= first and s.index < upto and s.subject_digest is not null
      ), seen as (
        select month, 'member' as kind, member as id, hash from made
        union all select month, 'dataset', dataset, hash from made cross join unnest(datasets) dataset
      ), ranked as (
        select month, kind, id, ('x' || substr(hash, 1, 3))::bit(12)::int >> 2 as bucket,
               max(coalesce(nullif(position('1' in ('x' || substr(hash, 4, 8))::bit(32)::text), 0), 33)) as rank
          from seen group by 1, 2, 3, 4
      )
      insert into subject_registers as g (month, kind, id, bucket, rank)
      select month, kind, id, bucket, rank from ranked
          on conflict (month, kind, id, bucket) do update set rank = excluded.rank where g.rank < excluded.rank;

      update rollup_position set next = upto;
      return upto;
    end $$`.execute(db)

  await sql`
    create function rebuild_days() returns void
    language plpgsql set search_path = public, pg_temp as $$
    begin
      perform from rollup_position for update;
      delete from record_days;
      delete from subject_registers;
      update rollup_position set next = 0;
    end $$`.execute(db)
  await sql`revoke execute on function roll_up_days(int) from public`.execute(db)
  await sql`revoke execute on function rebuild_days() from public`.execute(db)
}
