import { type Kysely, sql } from 'kysely'

/** `append_records` takes this many arrays after `p_all_or_none` (004-append). */
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
 * Findings with the records behind them, and what one of them needs: which records asked about close neighbours.
 *
 * A finding names records by index and nobody by digest, so that erasing the side columns leaves nothing in it that
 * leads to a person. `subject_neighbourhoods` is for the sequential-identifiers finding alone and is kept for days, not
 * years (gateway/decisions/2026-11-20-sequential-identifiers.md); it is written in the record's own transaction.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table findings (
      id bigint generated always as identity primary key,
      kind text collate "C" not null,
      day date not null,
      system text collate "C",
      member text collate "C",
      records bigint[] not null check (cardinality(records) > 0),
      figures jsonb not null,
      found_at timestamptz not null,
      grown_at timestamptz not null,
      status text not null default 'open' check (status in ('open', 'closed')),
      closed_at timestamptz,
      closed_by text,
      close_reason text,
      check ((status = 'closed') = (closed_at is not null and closed_by is not null and close_reason is not null))
    )`.execute(db)
  await sql`create index findings_by_day on findings (day, kind)`.execute(db)
  await sql`
    create function close_finding(p_id bigint, p_by text, p_reason text, p_at timestamptz) returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      update findings set status = 'closed', closed_at = p_at, closed_by = p_by, close_reason = p_reason
       where id = p_id and status = 'open';
      return found;
    end $$`.execute(db)
  await sql`revoke execute on function close_finding from public`.execute(db)

  await sql`
    create table subject_neighbourhoods (
      index bigint primary key,
      recorded_at timestamptz not null,
      system text collate "C" not null,
      digest text collate "C" not null
    )`.execute(db)
  await sql`create index subject_neighbourhoods_by_time on subject_neighbourhoods using brin (recorded_at)`.execute(db)
  await sql`
    create function append_records_noting(p_neighbourhoods text[], p_all_or_none boolean, ${sql.raw(APPEND_SIGNATURE)})
    returns table (verdict text, log_index bigint, first_exchange_id text, first_outcome text, current_version bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
    #variable_conflict use_column
    begin
      return query
      with appended as materialized (
        select * from append_records(p_all_or_none, ${sql.raw(ARGUMENTS)})
          with ordinality as a (verdict, log_index, first_exchange_id, first_outcome, current_version, ord)
      ), noted as (
        insert into subject_neighbourhoods (index, recorded_at, system, digest)
        select a.log_index, to_timestamp(0) + p_recorded_ms[a.ord] * interval '1 millisecond', p_systems[a.ord], p_neighbourhoods[a.ord]
          from appended a where a.verdict = 'recorded' and p_neighbourhoods[a.ord] is not null
      )
      select a.verdict, a.log_index, a.first_exchange_id, a.first_outcome, a.current_version from appended a order by a.ord;
    end $$`.execute(db)
  await sql`revoke execute on function append_records_noting from public`.execute(db)
}
