import { type Kysely, sql } from 'kysely'

/**
 * What was checked of the sources' answers, by month, provider and dataset: what 数据质检合格率 is made of.
 *
 * Counted in the transaction of the record whose exchange asked, and only when that record is written: once for each,
 * never for a repeat. It leads from no count to a record or a person, on purpose: how many rows a source holds of someone
 * is itself an answer (a count of houses), and a record, whose entry its caller may read, must not give it away. The price
 * is that these sums, unlike those of 070, cannot be made again from the records.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table quality_months (
      month date not null,
      provider text collate "C" not null,
      dataset text collate "C" not null,
      answers bigint not null,
      broken bigint not null,
      rows bigint not null,
      rows_failed bigint not null,
      "values" bigint not null,
      values_failed bigint not null,
      primary key (month, provider, dataset)
    ) with (fillfactor = 20)`.execute(db)

  // Input: one element per draft of a group commit, in order; checks are JSON arrays of
  // [provider, dataset, answers, broken, rows, rowsFailed, values, valuesFailed]. Called under the lock of the log's head,
  // so that no two wait for each other's rows.
  await sql`
    create function count_checks(p_checks text[], p_recorded_ms bigint[], p_verdicts text[]) returns void
    language plpgsql security definer set search_path = public, pg_temp set jit = off as $$
    begin
      insert into quality_months as q (month, provider, dataset, answers, broken, rows, rows_failed, "values", values_failed)
      select date_trunc('month', (to_timestamp(0) + d.recorded_ms * interval '1 millisecond') at time zone interval '8 hours')::date,
             c ->> 0, c ->> 1, sum((c ->> 2)::bigint), sum((c ->> 3)::bigint), sum((c ->> 4)::bigint), sum((c ->> 5)::bigint),
             sum((c ->> 6)::bigint), sum((c ->> 7)::bigint)
        from unnest(p_checks, p_recorded_ms, p_verdicts) as d (checks, recorded_ms, verdict)
       cross join jsonb_array_elements(d.checks::jsonb) c
       where d.verdict = 'recorded'
       group by 1, 2, 3 order by 1, 2, 3
          on conflict (month, provider, dataset) do update
             set answers = q.answers + excluded.answers, broken = q.broken + excluded.broken, rows = q.rows + excluded.rows,
                 rows_failed = q.rows_failed + excluded.rows_failed, "values" = q."values" + excluded."values",
                 values_failed = q.values_failed + excluded.values_failed;
    end $$`.execute(db)
  await sql`revoke execute on function count_checks from public`.execute(db)
}
