import { type Kysely, sql } from 'kysely'

/**
 * The log: its head, the ids that must be unique for ever, and the records with their erasable sides by month.
 *
 * A month is a month in China time (UTC+8, which has had no daylight saving since 1991): retention periods, monthly
 * reports and an auditor's "this month" are all counted by that calendar, so one of them is one partition. A record's
 * month follows from its own `recorded_at`, which the gateway's clock gives, and never from the database's clock: a
 * group that spans midnight, or a retry after it, lands where its records say.
 *
 * Uniqueness cannot live on a table partitioned by month (the month would have to be part of the key, and a replay just
 * after midnight would pass), hence `exchange_ids` and `request_ids` without partitions.
 *
 * Append-only holds for everyone, the owner included: triggers refuse UPDATE, DELETE and TRUNCATE, also under
 * `session_replication_role = replica`. What a trigger cannot stop is an owner who drops a trigger or a table; the
 * published tree is what shows that. Retention will detach whole months in a job of its own that writes down what it
 * removed (R55, R76); nothing in this file does.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table log_head (
      only_row boolean primary key default true check (only_row),
      size bigint not null default 0
    ) with (fillfactor = 50)`.execute(db)
  await sql`insert into log_head default values`.execute(db)
  await sql`
    create function refuse_shrinking() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if new.size < old.size then
        raise exception '日志长度不得减小 (the log never shrinks)' using errcode = 'restrict_violation';
      end if;
      return new;
    end $$`.execute(db)
  await sql`
    create trigger only_grows before update on log_head
    for each row execute function refuse_shrinking()`.execute(db)
  await sql`
    create trigger append_only before delete or truncate on log_head
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table log_head enable always trigger only_grows`.execute(db)
  await sql`alter table log_head enable always trigger append_only`.execute(db)

  await sql`
    create table exchange_ids (
      exchange_id text collate "C" primary key,
      index bigint not null unique,
      recorded_at timestamptz not null
    )`.execute(db)
  await sql`
    create table request_ids (
      iss text collate "C" not null,
      jti text collate "C" not null,
      exchange_id text collate "C" not null,
      outcome text not null,
      expires_at timestamptz not null,
      primary key (iss, jti)
    )`.execute(db)
  await sql`create index request_ids_by_expiry on request_ids (expires_at)`.execute(db)

  await sql`
    create table records (
      index bigint not null,
      recorded_at timestamptz not null,
      exchange_id text collate "C" not null,
      entry bytea not null check (octet_length(entry) between 1 and 65535),
      mode text not null,
      outcome text not null check (outcome in ('released', 'refused', 'failed')),
      code text,
      member text not null,
      system text not null,
      on_behalf_of text,
      scenario text,
      item text,
      case_no text,
      application text,
      purpose text,
      datasets text[] not null,
      fields text[] not null,
      catalog_version text not null,
      policy_version text not null,
      grants text[] not null,
      primary key (index, recorded_at)
    ) partition by range (recorded_at)`.execute(db)

  // No personal value, but what links an entry to a person. Sealed and signed bytes do not compress: do not try.
  await sql`
    create table record_sides (
      index bigint not null,
      recorded_at timestamptz not null,
      salt bytea not null,
      subject_digest text collate "C",
      party_digests text[] not null,
      operator_digest text collate "C",
      sealed_operator bytea,
      sealed_request bytea,
      issuer_jwt text,
      primary key (index, recorded_at)
    ) partition by range (recorded_at)`.execute(db)
  await sql`
    alter table record_sides
      alter column sealed_operator set storage external,
      alter column sealed_request set storage external,
      alter column issuer_jwt set storage external`.execute(db)
  await sql`create index record_sides_by_subject on record_sides (subject_digest) where subject_digest is not null`.execute(
    db,
  )
  await sql`create table records_default partition of records default`.execute(db)
  await sql`create table record_sides_default partition of record_sides default`.execute(db)

  for (const table of ['records', 'record_sides']) {
    // Row triggers are cloned to partitions, also to later ones; TRUNCATE has no row trigger and is set on each table.
    await sql`
      create trigger append_only before update or delete on ${sql.table(table)}
      for each row execute function refuse_change()`.execute(db)
    for (const each of [table, `${table}_default`]) {
      await sql`
        create trigger no_truncate before truncate on ${sql.table(each)}
        for each statement execute function refuse_change()`.execute(db)
      await sql`alter table only ${sql.table(each)} enable always trigger append_only`.execute(db)
      await sql`alter table only ${sql.table(each)} enable always trigger no_truncate`.execute(db)
    }
  }
  await sql`
    create trigger append_only before update or delete or truncate on exchange_ids
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table exchange_ids enable always trigger append_only`.execute(db)

  // A request id outlives its request by a day (the widest window is 300 s plus skew): by then a repeat is refused by
  // time alone. The database's own clock decides, so that no caller can clear an id that still guards something.
  await sql`
    create function refuse_early_clearing() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if tg_op = 'DELETE' and old.expires_at < clock_timestamp() - interval '1 day' then
        return old;
      end if;
      raise exception '% 尚在防重放期内 (still guards against replay: % refused)', tg_table_name, tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  // Client assertions (RFC 7523) are used once like requests, but nothing is recorded for them.
  await sql`
    create table assertion_ids (
      iss text collate "C" not null,
      jti text collate "C" not null,
      expires_at timestamptz not null,
      primary key (iss, jti)
    )`.execute(db)
  await sql`create index assertion_ids_by_expiry on assertion_ids (expires_at)`.execute(db)

  for (const table of ['request_ids', 'assertion_ids']) {
    await sql`
      create trigger guard_ids before update or delete on ${sql.table(table)}
      for each row execute function refuse_early_clearing()`.execute(db)
    await sql`
      create trigger no_truncate before truncate on ${sql.table(table)}
      for each statement execute function refuse_change()`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger guard_ids`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger no_truncate`.execute(db)
  }
}
