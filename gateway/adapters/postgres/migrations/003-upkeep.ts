import { type Kysely, sql } from 'kysely'

/**
 * What the owner's jobs call: partitions for the month of `at` and `ahead` further ones, and clearing the ids of
 * requests and assertions that have long expired.
 *
 * A partition is made beside the table and then attached: that needs no lock an append would wait for. A month that
 * already has rows in the default partition stays there (moving rows would mean deleting them); it is reported as
 * `kept-in-default` and nothing is lost but the ease of detaching it alone.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function make_partitions(ahead int, at timestamptz default clock_timestamp())
    returns table (partition text, outcome text)
    language plpgsql set search_path = public, pg_temp as $$
    declare
      parent text;
      child text;
      month timestamp;
      lower_bound timestamptz;
      upper_bound timestamptz;
      taken boolean;
    begin
      perform pg_advisory_xact_lock(hashtextextended('guanyi.make_partitions', 0));
      for k in 0 .. ahead loop
        month := date_trunc('month', at at time zone interval '8 hours') + make_interval(months => k);
        lower_bound := month at time zone interval '8 hours';
        upper_bound := (month + interval '1 month') at time zone interval '8 hours';
        foreach parent in array array['records', 'record_sides'] loop
          child := parent || to_char(month, '"_"YYYYMM');
          partition := child;
          if to_regclass(format('public.%I', child)) is not null then
            outcome := 'present';
            return next;
            continue;
          end if;
          execute format('select exists (select from %I where recorded_at >= %L and recorded_at < %L)',
                         parent || '_default', lower_bound, upper_bound) into taken;
          if taken then
            outcome := 'kept-in-default';
            return next;
            continue;
          end if;
          -- Rows up to a page stay in line: most sides are just over the 2 kB from which rows are moved out.
          execute format('create table %I (like %I including defaults including constraints including storage) with (toast_tuple_target = 8160)', child, parent);
          execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, lower_bound, upper_bound);
          execute format('create trigger no_truncate before truncate on %I for each statement execute function refuse_change()', child);
          execute format('alter table %I enable always trigger append_only', child);
          execute format('alter table %I enable always trigger no_truncate', child);
          outcome := 'made';
          return next;
        end loop;
      end loop;
    end $$`.execute(db)

  // In bites, so that no append waits long for a row that is on its way out.
  await sql`
    create function clear_request_ids(before timestamptz, at_most int default 10000) returns int
    language plpgsql set search_path = public, pg_temp as $$
    declare
      bound timestamptz := least(before, clock_timestamp()) - interval '1 day';
      requests int;
      assertions int;
    begin
      delete from request_ids r using (
        select iss, jti from request_ids where expires_at < bound order by expires_at limit at_most for update skip locked
      ) old where r.iss = old.iss and r.jti = old.jti;
      get diagnostics requests = row_count;
      delete from assertion_ids a using (
        select iss, jti from assertion_ids where expires_at < bound order by expires_at limit at_most for update skip locked
      ) old where a.iss = old.iss and a.jti = old.jti;
      get diagnostics assertions = row_count;
      return requests + assertions;
    end $$`.execute(db)

  await sql`revoke execute on function make_partitions(int, timestamptz) from public`.execute(db)
  await sql`revoke execute on function clear_request_ids(timestamptz, int) from public`.execute(db)
}
