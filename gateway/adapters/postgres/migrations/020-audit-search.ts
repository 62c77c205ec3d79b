import { type Kysely, sql } from 'kysely'

/**
 * What makes a record findable, at little cost to the append.
 *
 * An index per question (member, system, scenario, dataset, field …) would more than double what an append costs the
 * database (measured: 55 µs → 125 µs a record), for questions asked a few times a day. So the append keeps only what
 * leads to few rows among millions: subject, party, operator, case, application. Everything else is found by
 * `record_ranges`: for every 256 records, in log order, when they were made and which terms (`member:…`, `field:…`)
 * occur among them. A search reads the ranges that have all its terms, newest first, and stops when its page is full:
 * at worst one range of 256 rows per row of the page.
 *
 * Terms are kept as 32-bit hashes: a collision costs one range read in vain, since the rows themselves are compared.
 * Nothing in them is a person: digests stay in `record_sides` alone, which can be erased.
 *
 * Ranges are made after the fact (`summarise_ranges`, by a job and by whoever searches), never changed, and can be
 * thrown away and made again. Records not yet summarised are read as they are, so that nothing is found late.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index records_by_case on records (case_no) where case_no is not null`.execute(db)
  await sql`create index records_by_application on records (application) where application is not null`.execute(db)
  await sql`
    create index record_sides_by_operator on record_sides (operator_digest, index) where operator_digest is not null`.execute(
    db,
  )
  // Without a list of pending entries: one flush of such a list would hold up every append behind it.
  await sql`
    create index record_sides_by_party on record_sides using gin (party_digests) with (fastupdate = off)
      where party_digests <> '{}'`.execute(db)

  await sql`
    create table record_ranges (
      range bigint primary key check (range >= 0),
      from_at timestamptz not null,
      until_at timestamptz not null,
      terms int[] not null
    ) with (toast_tuple_target = 8160)`.execute(db)
  await sql`alter table record_ranges alter column terms set storage main`.execute(db)
  await sql`create index record_ranges_by_term on record_ranges using gin (terms) with (gin_pending_list_limit = 1024)`.execute(
    db,
  )

  await sql`create index record_ranges_by_time on record_ranges (from_at, until_at)`.execute(db)

  // Not PostgreSQL's own hash functions: those may change from one version to the next.
  await sql`
    create function term_hash(term text) returns int language sql immutable strict parallel safe as $$
      select ('x' || substr(md5(term), 1, 8))::bit(32)::int
    $$`.execute(db)
  await sql`
    create function plain_field(field text) returns text language sql immutable strict parallel safe as $$
      select substr(field, position(':' in field) + 1)
    $$`.execute(db)

  // Output: the first range not summarised; everything from there on has to be read as it is.
  await sql`
    create function summarise_ranges(at_most int) returns bigint
    language plpgsql security definer set search_path = public, pg_temp set jit = off as $$
    declare
      first bigint;
      upto bigint;
    begin
      select coalesce(max(range) + 1, 0) into first from record_ranges;
      select least(size / 256, first + at_most) into strict upto from log_head;
      if upto <= first or not pg_try_advisory_xact_lock(hashtextextended('guanyi.summarise_ranges', 0)) then
        return first;
      end if;
      -- Another may have summarised between the look and the lock.
      select coalesce(max(range) + 1, 0) into first from record_ranges;
      with made as materialized (
        select index / 256 as range, recorded_at, member, system, on_behalf_of, scenario, item, outcome, code, mode, datasets, fields, grants
          from records where index >= first * 256 and index < upto * 256
      ), used as materialized (
        select distinct range, unnest(fields) as field from made
      ), terms as (
        select distinct range, 'member:' || member as term from made
        union all select distinct range, 'system:' || system from made
        union all select distinct range, 'onBehalfOf:' || on_behalf_of from made where on_behalf_of is not null
        union all select distinct range, 'scenario:' || scenario from made where scenario is not null
        union all select distinct range, 'item:' || item from made where item is not null
        union all select distinct range, 'outcome:' || outcome from made
        union all select distinct range, 'code:' || code from made where code is not null
        union all select distinct range, 'mode:' || mode from made
        union all select distinct range, 'dataset:' || unnest(datasets) from made
        union all select distinct range, 'grant:' || unnest(grants) from made
        union all select range, 'field:' || field from used
        union all select range, 'field:' || plain_field(field) from used where field like '%:%'
      ), hashed as (
        select range, array_agg(term_hash(term)) as terms from terms group by range
      ), spans as (
        select range, min(recorded_at) as from_at, max(recorded_at) as until_at from made group by range
      )
      insert into record_ranges (range, from_at, until_at, terms)
      select n, coalesce(s.from_at, 'epoch'), coalesce(s.until_at, 'epoch'), coalesce(h.terms, '{}')
        from generate_series(first, upto - 1) n left join spans s on s.range = n left join hashed h on h.range = n;
      return upto;
    end $$`.execute(db)
  await sql`revoke execute on function summarise_ranges(int) from public`.execute(db)
}
