import { type Kysely, sql } from 'kysely'

/**
 * `append_records`: one group commit in one round trip.
 *
 * Input:  parallel arrays, one element per draft, in order. Lists (`p_datasets` …) arrive as array literals, because a
 *         PostgreSQL array of arrays cannot be ragged. `p_all_or_none`: write nothing unless every draft can be written.
 * Output: one row per draft, in order: `duplicate` (with the index it has), `stale` (with the version now), `replayed`
 *         (with the first exchange), `recorded` (with its index), or `withheld` (all-or-none, and another one failed).
 *
 * How it serialises (READ COMMITTED):
 *  1. The head row is locked first. Appends therefore run one after another, and every statement that follows takes a
 *     new snapshot that contains all earlier appends: looking an id up and inserting it cannot be overtaken, so no
 *     insert below can meet a conflict, and indexes come out contiguous, also when a transaction rolls back.
 *  2. The authorisation version is then read FOR SHARE. A grant writer holds that row until it commits. So either the
 *     writer came first: the append waits for its commit and sees the new version; or the append came first: the writer
 *     waits (a millisecond) for the append's commit. In both cases: once a revocation has been acknowledged, no record
 *     decided under an older version can still become durable. A plain read would leave that gap open for the length of
 *     the append. The price is that somebody who changes grants by hand in an open transaction stops exchanges until it
 *     ends; it stops them closed, and the database ends such idle transactions (see migrate.ts).
 *  3. Locks are always taken in the order head, version, ids; grant writers take version, grants; the clearing job only
 *     takes ids. No circle, hence no deadlock.
 *
 * A draft known already is `duplicate` whatever else has changed: it is the same exchange asking again. Otherwise stale
 * goes before replayed, since a stale draft claims nothing. Between drafts of one group the earlier one wins.
 *
 * Every draft is judged on ids alone; wide values are picked from the arrays by position only for what is written.
 * Nested loops are forced: at most a few hundred probes into unique indexes, whatever statistics say about tables that
 * grew from nothing a minute ago. Forbidding scans makes the estimated cost absurd, which would start the JIT compiler:
 * 690 ms a call, measured, hence off.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function append_records(
      p_all_or_none boolean,
      p_exchange_ids text[], p_entries bytea[], p_recorded_ms bigint[], p_issuers text[], p_jtis text[],
      p_expires_ms bigint[], p_versions bigint[],
      p_modes text[], p_outcomes text[], p_codes text[], p_members text[], p_systems text[], p_on_behalf_of text[],
      p_scenarios text[], p_items text[], p_case_nos text[], p_applications text[], p_purposes text[],
      p_datasets text[], p_fields text[], p_catalog_versions text[], p_policy_versions text[], p_grants text[],
      p_salts bytea[], p_subject_digests text[], p_party_digests text[], p_operator_digests text[],
      p_sealed_operators bytea[], p_sealed_requests bytea[], p_issuer_jwts text[]
    ) returns table (verdict text, log_index bigint, first_exchange_id text, first_outcome text, current_version bigint)
    language plpgsql security definer
    set search_path = public, pg_temp
    set plan_cache_mode = force_generic_plan
    set jit = off
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    as $$
    #variable_conflict use_column
    declare
      head bigint;
      now_version bigint;
    begin
      select h.size into strict head from log_head h for update;
      select v.version into strict now_version from authorisation_version v for share;

      return query
      with drafts as materialized (
        select d.ord::int as ord, d.exchange_id, d.iss, d.jti,
               e.index as known_index, r.exchange_id as known_exchange, r.outcome as known_outcome,
               case when e.index is not null then 'duplicate'
                    when d.version is distinct from now_version and d.version is not null then 'stale'
                    when r.exchange_id is not null then 'replayed'
                    else 'recorded' end as verdict
          from unnest(p_exchange_ids, p_issuers, p_jtis, p_versions) with ordinality as d (exchange_id, iss, jti, version, ord)
          left join exchange_ids e on e.exchange_id = d.exchange_id
          left join request_ids r on r.iss = d.iss and r.jti = d.jti
      ), first_of_exchange as materialized (
        select d.*, min(d.ord) over (partition by d.exchange_id collate "C", d.verdict) as leader from drafts d
      ), first_of_request as materialized (
        select d.*, case when d.verdict <> 'recorded' or d.leader <> d.ord or d.iss is null then d.ord
                         else min(d.ord) over (partition by d.iss collate "C", d.jti collate "C", d.verdict, d.leader = d.ord) end as claimant
          from first_of_exchange d
      ), placed as materialized (
        select d.*, d.verdict = 'recorded' and d.leader = d.ord and d.claimant = d.ord as wins,
               not p_all_or_none or bool_and(d.verdict in ('recorded', 'duplicate') and d.claimant = d.ord) over () as go
          from first_of_request d
      ), numbered as materialized (
        select p.*, head - 1 + count(*) filter (where p.wins and p.go) over (order by p.ord) as new_index from placed p
      ), resolved as materialized (
        -- A later draft of the same exchange shares the fate of the first one.
        select n.ord, n.exchange_id, n.wins and n.go as written, n.go, n.verdict, n.known_index, n.known_exchange, n.known_outcome,
               first_value(n.new_index) over (by_exchange) as shared_index,
               first_value(n.claimant) over (by_exchange) as claimed_by,
               first_value(n.ord) over (by_exchange) as leader
          from numbered n window by_exchange as (partition by n.exchange_id collate "C", n.verdict order by n.ord)
      ), ids as (
        insert into request_ids (iss, jti, exchange_id, outcome, expires_at)
        select p_issuers[w.ord], p_jtis[w.ord], w.exchange_id, p_outcomes[w.ord],
               to_timestamp(0) + p_expires_ms[w.ord] * interval '1 millisecond'
          from resolved w where w.written and p_issuers[w.ord] is not null
      ), exchanges as (
        insert into exchange_ids (exchange_id, index, recorded_at)
        select w.exchange_id, w.shared_index, to_timestamp(0) + p_recorded_ms[w.ord] * interval '1 millisecond'
          from resolved w where w.written
      ), entries as (
        insert into records (index, recorded_at, exchange_id, entry, mode, outcome, code, member, system, on_behalf_of, scenario,
          item, case_no, application, purpose, datasets, fields, catalog_version, policy_version, grants)
        select w.shared_index, to_timestamp(0) + p_recorded_ms[w.ord] * interval '1 millisecond', w.exchange_id,
               p_entries[w.ord], p_modes[w.ord], p_outcomes[w.ord], p_codes[w.ord], p_members[w.ord], p_systems[w.ord],
               p_on_behalf_of[w.ord], p_scenarios[w.ord], p_items[w.ord], p_case_nos[w.ord], p_applications[w.ord], p_purposes[w.ord],
               p_datasets[w.ord]::text[], p_fields[w.ord]::text[], p_catalog_versions[w.ord], p_policy_versions[w.ord],
               p_grants[w.ord]::text[]
          from resolved w where w.written
      ), sides as (
        insert into record_sides (index, recorded_at, salt, subject_digest, party_digests, operator_digest, sealed_operator,
          sealed_request, issuer_jwt)
        select w.shared_index, to_timestamp(0) + p_recorded_ms[w.ord] * interval '1 millisecond',
               p_salts[w.ord], p_subject_digests[w.ord], p_party_digests[w.ord]::text[], p_operator_digests[w.ord],
               p_sealed_operators[w.ord], p_sealed_requests[w.ord], p_issuer_jwts[w.ord]
          from resolved w where w.written
      ), head_moved as (
        update log_head set size = head + grown.by
          from (select count(*) as by from resolved w where w.written) grown where grown.by > 0
      )
      select case when w.verdict <> 'recorded' then w.verdict
                  when w.claimed_by <> w.leader then 'replayed'
                  when not w.go then 'withheld'
                  when w.leader <> w.ord then 'duplicate'
                  else 'recorded' end,
             case when w.verdict = 'duplicate' then w.known_index else w.shared_index end,
             case when w.verdict = 'replayed' then w.known_exchange else p_exchange_ids[w.claimed_by] end,
             case when w.verdict = 'replayed' then w.known_outcome else p_outcomes[w.claimed_by] end,
             now_version
        from resolved w order by w.ord;
    end $$`.execute(db)
  await sql`revoke execute on function append_records from public`.execute(db)
}
