import { type Kysely, sql } from 'kysely'

/**
 * Batches: many subjects under one signed request, asked line by line.
 *
 * What a line finished with is written in three steps, none of which holds the head row of the log over another round
 * trip (design §9): the sealed result is staged (`prepared`), the record is appended under the line's own exchange id,
 * and the line is settled (`done`) from what the log holds. A crash between any two of them is repaired by settling
 * again: a line with a record is finished and is never asked again, a line without one has released nothing.
 *
 * A turn is a stretch of lines one worker holds until `until`; an expired one is taken over. Nothing personal is in
 * clear: requests, lines and results are sealed under a key of their department and batch.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table batches (
      id text collate "C" primary key,
      system text collate "C" not null,
      member text collate "C" not null,
      scenario text not null,
      sealed_request bytea,
      line_count int not null check (line_count between 1 and 100000),
      subjects_sha256 text not null,
      state text not null default 'awaiting-subjects'
        check (state in ('awaiting-subjects', 'running', 'completed', 'cancelled', 'destroyed')),
      upload text collate "C",
      next_line int not null default 1,
      released int not null default 0,
      refused int not null default 0,
      failed int not null default 0,
      revision bigint not null default 1,
      results_sha256 text,
      created_at timestamptz not null,
      completed_at timestamptz,
      expires_at timestamptz not null,
      served_at timestamptz
    )`.execute(db)
  await sql`create index batches_by_system on batches (system)`.execute(db)
  await sql`create index batches_at_work on batches (member) where state in ('awaiting-subjects', 'running', 'cancelled')`.execute(
    db,
  )
  await sql`create index batches_by_expiry on batches (expires_at) where state <> 'destroyed'`.execute(db)

  await sql`
    create table batch_uploads (
      id text collate "C" primary key,
      batch text collate "C" not null references batches on delete cascade,
      begun_at timestamptz not null default now()
    )`.execute(db)

  await sql`
    create table batch_lines (
      upload text collate "C" not null,
      line int not null,
      exchange_id text collate "C" not null,
      state text not null default 'waiting' check (state in ('waiting', 'prepared', 'done')),
      sealed_line bytea,
      outcome text check (outcome in ('released', 'refused', 'failed')),
      evidence_hash bytea,
      sealed_result bytea,
      primary key (upload, line)
    ) with (fillfactor = 70)`.execute(db)
  // Sealed bytes do not compress; trying costs time.
  await sql`alter table batch_lines alter column sealed_line set storage external, alter column sealed_result set storage external`.execute(
    db,
  )

  await sql`
    create table batch_turns (
      batch text collate "C" not null references batches on delete cascade,
      first_line int not null,
      last_line int not null,
      token text not null,
      until timestamptz not null,
      attempts int not null default 1,
      primary key (batch, first_line)
    )`.execute(db)

  await sql`
    create table batch_deliveries (
      batch text collate "C" not null references batches on delete cascade,
      url text not null,
      state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
      attempts int not null default 0,
      next_at timestamptz not null,
      last_failure text,
      primary key (batch, url)
    )`.execute(db)
  await sql`create index batch_deliveries_due on batch_deliveries (next_at) where state = 'pending'`.execute(db)

  // Settles lines from what the log holds. The staged result counts only when it is the one the record stands for: of two
  // workers that staged for the same line, the one whose record came first wins, and the other's result is thrown away.
  // Plans are forced to index probes, as in 004-append: statistics of tables that grew a minute ago mislead.
  await sql`
    create function settle_batch_lines(p_batch text, p_upload text, p_first int, p_last int) returns int
    language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
    as $$
    declare settled int;
    begin
      with truth as materialized (
        select l.line, r.outcome, sha256(convert_to(s.issuer_jwt, 'UTF8')) is not distinct from l.evidence_hash
                 and r.outcome = l.outcome as holds
          from batch_lines l
          join exchange_ids x on x.exchange_id = l.exchange_id
          join records r on r.index = x.index and r.recorded_at = x.recorded_at
          join record_sides s on s.index = x.index and s.recorded_at = x.recorded_at
         where l.upload = p_upload and l.line between p_first and p_last and l.state <> 'done'
      ), done as (
        update batch_lines l
           set state = 'done', outcome = t.outcome, sealed_line = null,
               sealed_result = case when t.holds then l.sealed_result end
          from truth t
         where l.upload = p_upload and l.line = t.line and l.state <> 'done'
        returning l.outcome
      ), counted as (
        select count(*)::int as all, count(*) filter (where outcome = 'released')::int as released,
               count(*) filter (where outcome = 'refused')::int as refused,
               count(*) filter (where outcome = 'failed')::int as failed from done
      ), told as (
        update batches b
           set released = b.released + c.released, refused = b.refused + c.refused, failed = b.failed + c.failed,
               revision = b.revision + 1
          from counted c where b.id = p_batch and c.all > 0
      )
      select c.all into settled from counted c;
      return settled;
    end $$`.execute(db)
  await sql`revoke execute on function settle_batch_lines from public`.execute(db)
}
