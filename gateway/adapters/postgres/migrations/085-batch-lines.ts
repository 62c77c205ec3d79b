import { type Kysely, sql } from 'kysely'

/** `append_records_noting` (022-findings) takes these after its first two. */
const APPEND_SIGNATURE = `
  p_exchange_ids text[], p_entries bytea[], p_recorded_ms bigint[], p_issuers text[], p_jtis text[],
  p_expires_ms bigint[], p_versions bigint[],
  p_modes text[], p_outcomes text[], p_codes text[], p_members text[], p_systems text[], p_on_behalf_of text[],
  p_scenarios text[], p_items text[], p_case_nos text[], p_applications text[], p_purposes text[],
  p_datasets text[], p_fields text[], p_catalog_versions text[], p_policy_versions text[], p_grants text[],
  p_salts bytea[], p_subject_digests text[], p_party_digests text[], p_operator_digests text[],
  p_sealed_operators bytea[], p_sealed_requests bytea[], p_issuer_jwts text[]`
const ARGUMENTS = APPEND_SIGNATURE.match(/p_\w+/g)!.join(', ')

/**
 * A line of a batch is finished in one transaction: its record, its sealed result and the batch's progress. Before, the
 * result was staged first and settled from the log afterwards (060-batches); `settle_batch_lines` is no longer called.
 *
 * Order of locks: batches, then the head of the log, then lines. Whoever else locks a batch's row (`end`, cancellation)
 * takes lines after it and never the head, so there is no circle. Rows of batches are locked in the order of their ids.
 *
 * A `duplicate` verdict on a line that is not done means that a record stands whose answer went down with a worker of an
 * earlier release: the line takes the record's outcome, and no result.
 *
 * `attempts` counts workers in a row that could not get a single line of a turn done.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function append_batch_lines(
      p_batches text[], p_uploads text[], p_lines bigint[], p_results bytea[],
      p_neighbourhoods text[], p_all_or_none boolean, ${sql.raw(APPEND_SIGNATURE)})
    returns table (verdict text, log_index bigint, first_exchange_id text, first_outcome text, current_version bigint)
    language plpgsql set search_path = public, pg_temp
    set plan_cache_mode = force_generic_plan set jit = off
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
    as $$
    #variable_conflict use_column
    declare
      verdicts text[];
      indexes bigint[];
      firsts text[];
      outcomes text[];
      versions bigint[];
    begin
      perform from batches b where b.id = any(p_batches) order by b.id for update;

      select array_agg(a.verdict order by a.ord), array_agg(a.log_index order by a.ord),
             array_agg(a.first_exchange_id order by a.ord), array_agg(a.first_outcome order by a.ord),
             array_agg(a.current_version order by a.ord)
        into verdicts, indexes, firsts, outcomes, versions
        from append_records_noting(p_neighbourhoods, p_all_or_none, ${sql.raw(ARGUMENTS)})
          with ordinality as a (verdict, log_index, first_exchange_id, first_outcome, current_version, ord);

      -- A statement of its own: its snapshot has everything recorded before the head was ours.
      with finished as (
        update batch_lines l
           set state = 'done', sealed_line = null,
               sealed_result = case when v.verdict = 'recorded' then p_results[v.ord] end,
               outcome = case when v.verdict = 'recorded' then p_outcomes[v.ord]
                              else (select r.outcome from exchange_ids x
                                      join records r on r.index = x.index and r.recorded_at = x.recorded_at
                                     where x.exchange_id = p_exchange_ids[v.ord]) end
          from unnest(verdicts) with ordinality as v (verdict, ord)
         where v.verdict in ('recorded', 'duplicate')
           and l.upload = p_uploads[v.ord] and l.line = p_lines[v.ord] and l.state <> 'done'
        returning p_batches[v.ord] as batch, l.outcome
      )
      update batches b
         set released = b.released + f.released, refused = b.refused + f.refused, failed = b.failed + f.failed,
             revision = b.revision + 1
        from (select batch, count(*) filter (where outcome = 'released')::int as released,
                     count(*) filter (where outcome = 'refused')::int as refused,
                     count(*) filter (where outcome = 'failed')::int as failed from finished group by batch) f
       where b.id = f.batch;

      return query
        select * from unnest(verdicts, indexes, firsts, outcomes, versions);
    end $$`.execute(db)
  await sql`revoke execute on function append_batch_lines from public`.execute(db)
}
