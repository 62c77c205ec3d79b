import { type Kysely, sql } from 'kysely'

/**
 * Retention: how long records must stay, and the only way in which they go (R55, R76).
 *
 * `retention_rules` holds the periods with their legal source. `months` is the installation's and never below
 * `statutory_months`; the longest rule that applies to a record decides. A period is counted in China days from the day
 * the exchange was recorded, which is the end of its processing; a month's end clamps, and deletion is allowed from the
 * day after the period's last day.
 *
 * The guards are on the rows and not in the caller: the trigger that refuses every change of `records` and
 * `record_sides` lets a DELETE through when all of this holds, whoever issues it:
 *  - the transaction names, in `guanyi.retention_act`, an administrative record that is already durable and not older
 *    than an hour, so that the log says who removed what and why before anything is gone;
 *  - by the database's own clock the row's last day has passed; or, for sides alone, the act is a `retention.erase` of
 *    exactly this record that states a legal duty.
 * An UPDATE is never let through. The functions below are the documented path; only the owner may call them. What no
 * trigger stops is an owner who drops it: the published tree shows that.
 *
 * Entries go by whole bundles of 256, because bundles are what the log serves. `log_tree.lowest_kept` says where the log
 * begins to have entries; hashes stay, so that every later proof still verifies.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table retention_rules (
      id text collate "C" primary key,
      record_zh text not null,
      record_en text not null,
      source_zh text not null,
      source_en text not null,
      statutory_months int not null check (statutory_months > 0),
      months int not null check (months >= statutory_months and months <= 1200),
      applies_to text[] not null
    )`.execute(db)
  await sql`
    insert into retention_rules (id, record_zh, record_en, source_zh, source_en, statutory_months, months, applies_to) values
      ('use-record', '政务数据使用记录', 'use record',
       '政务数据共享条例第二十九条', 'Government Data Sharing Regulations, art. 29', 36, 36, '{release}'),
      ('processing-record', '个人信息处理情况记录与影响评估报告', 'processing record and impact assessment',
       '个人信息保护法第五十六条', 'Personal Information Protection Law, art. 56', 36, 36, '{release,administration}'),
      ('provision-record', '向他人提供、委托处理的记录', 'providing and entrusting record',
       '网络数据安全管理条例第十二条', 'Network Data Security Regulations, art. 12', 36, 36, '{release}'),
      ('network-log', '网络日志', 'network log',
       '网络安全法第二十三条第三项（2025年修改）', 'Cybersecurity Law as amended 2025, art. 23(3)', 6, 6,
       '{release,refusal,administration}')`.execute(db)
  await sql`
    create function guard_retention_rules() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if tg_op = 'UPDATE' and (new.id, new.statutory_months, new.applies_to) = (old.id, old.statutory_months, old.applies_to) then
        return new;
      end if;
      raise exception '法定留存规则只可延长，不得删改 (statutory retention may be lengthened only: % refused)', tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  await sql`
    create trigger guard_rules before update or delete on retention_rules
    for each row execute function guard_retention_rules()`.execute(db)
  await sql`
    create trigger no_truncate before truncate on retention_rules
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table retention_rules enable always trigger guard_rules`.execute(db)
  await sql`alter table retention_rules enable always trigger no_truncate`.execute(db)

  await dates(db)
  await acts(db)
  await guards(db)
  await purges(db)
}

async function dates(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function retention_kind(p_mode text, p_outcome text) returns text
    language sql immutable as $$
      select case when p_mode = 'admin' then 'administration' when p_outcome = 'released' then 'release' else 'refusal' end
    $$`.execute(db)
  await sql`
    create function china_day(p_at timestamptz) returns date
    language sql immutable as $$ select (p_at at time zone interval '8 hours')::date $$`.execute(db)
  // PostgreSQL clamps a month's end when it adds months to a date, which is what the rule asks for.
  await sql`
    create function retention_due_on(p_recorded_at timestamptz, p_kind text) returns date
    language sql stable set search_path = public, pg_temp as $$
      select (china_day(p_recorded_at) + make_interval(months => max(months)))::date + 1
        from retention_rules where p_kind = any (applies_to)
    $$`.execute(db)
  // The same, turned round: everything recorded before this moment is due. For finding; the guards ask row by row.
  await sql`
    create function retention_cutoff(p_kind text, p_today date) returns timestamptz
    language sql stable set search_path = public, pg_temp as $$
      with period as (
        select make_interval(months => max(months)) as length from retention_rules where p_kind = any (applies_to)
      ), days as (
        select generate_series((p_today - length)::date - 5, (p_today - length)::date + 5, interval '1 day')::date as day, length
          from period
      )
      select (max(day) + 1)::timestamp at time zone interval '8 hours' from days where (day + length)::date + 1 <= p_today
    $$`.execute(db)
}

async function acts(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function retention_act(p_exchange_id text) returns jsonb
    language plpgsql stable set search_path = public, pg_temp as $$
    declare
      act jsonb;
    begin
      select convert_from(r.entry, 'UTF8')::jsonb into act
        from exchange_ids e join records r on r.index = e.index and r.recorded_at = e.recorded_at
       where e.exchange_id = p_exchange_id and r.mode = 'admin'
         and e.recorded_at between clock_timestamp() - interval '1 hour' and clock_timestamp() + interval '1 minute';
      if act is null or act ->> 'verb' not in ('retention.purge', 'retention.erase') then
        raise exception '清理前须先有留痕的管理行为 (retention takes an administrative record made within the hour)'
          using errcode = 'restrict_violation';
      end if;
      return act;
    end $$`.execute(db)
}

async function guards(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function guard_record_sides() returns trigger
    language plpgsql set search_path = public, pg_temp as $$
    declare
      act jsonb;
      target text;
      kind text;
      due boolean;
    begin
      if tg_op = 'DELETE' and coalesce(current_setting('guanyi.retention_act', true), '') <> '' then
        act := retention_act(current_setting('guanyi.retention_act', true));
        select r.exchange_id, retention_kind(r.mode, r.outcome) into target, kind
          from records r where r.index = old.index and r.recorded_at = old.recorded_at;
        due := coalesce(retention_due_on(old.recorded_at, kind) <= china_day(clock_timestamp()), false);
        if act ->> 'verb' = 'retention.purge' and due then
          return old;
        end if;
        if act ->> 'verb' = 'retention.erase' and act ->> 'target' = target
           and (due or coalesce(act #>> '{details,legalDuty}', '') <> '') then
          return old;
        end if;
        raise exception '未到留存期限，不得清理 (retention has not ended: % refused)', tg_table_name
          using errcode = 'restrict_violation';
      end if;
      raise exception '% 只可追加，不得修改或删除 (append-only: % refused)', tg_table_name, tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  await sql`
    create function guard_records() returns trigger
    language plpgsql set search_path = public, pg_temp as $$
    declare
      act jsonb;
    begin
      if tg_op = 'DELETE' and coalesce(current_setting('guanyi.retention_act', true), '') <> '' then
        act := retention_act(current_setting('guanyi.retention_act', true));
        if act ->> 'verb' = 'retention.purge'
           and old.index < (select lowest_kept from log_tree)
           and retention_due_on(old.recorded_at, retention_kind(old.mode, old.outcome)) <= china_day(clock_timestamp()) then
          return old;
        end if;
        raise exception '未到留存期限，不得清理 (retention has not ended: % refused)', tg_table_name
          using errcode = 'restrict_violation';
      end if;
      raise exception '% 只可追加，不得修改或删除 (append-only: % refused)', tg_table_name, tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db)

  await sql`
    create function guard_lowest_kept() returns trigger
    language plpgsql set search_path = public, pg_temp as $$
    declare
      due bigint;
    begin
      if retention_act(coalesce(current_setting('guanyi.retention_act', true), '')) ->> 'verb' <> 'retention.purge' then
        raise exception '须以清理行为为据 (an act of purging is needed)' using errcode = 'restrict_violation';
      end if;
      select count(*) into due from records r
       where r.index >= old.lowest_kept and r.index < new.lowest_kept
         and retention_due_on(r.recorded_at, retention_kind(r.mode, r.outcome)) <= china_day(clock_timestamp())
         and not exists (select from record_sides s where s.index = r.index and s.recorded_at = r.recorded_at);
      if due <> new.lowest_kept - old.lowest_kept then
        raise exception '未到留存期限，不得清理 (retention has not ended: % refused)', tg_table_name
          using errcode = 'restrict_violation';
      end if;
      return new;
    end $$`.execute(db)
  await sql`
    create trigger guard_lowest_kept before update on log_tree
    for each row when (new.lowest_kept <> old.lowest_kept) execute function guard_lowest_kept()`.execute(db)
  await sql`alter table log_tree enable always trigger guard_lowest_kept`.execute(db)

  // The same name on purpose: what makes partitions arms the trigger by it (003-upkeep).
  for (const [table, guard] of [
    ['records', 'guard_records'],
    ['record_sides', 'guard_record_sides'],
  ] as const) {
    await sql`drop trigger append_only on ${sql.table(table)}`.execute(db)
    await sql`
      create trigger append_only before update or delete on ${sql.table(table)}
      for each row execute function ${sql.id(guard)}()`.execute(db)
    await sql`
      do $$
      declare each regclass;
      begin
        for each in select ${sql.lit(table)}::regclass union all select inhrelid from pg_inherits where inhparent = ${sql.lit(table)}::regclass loop
          execute format('alter table only %s enable always trigger append_only', each);
        end loop;
      end $$`.execute(db)
  }
}

async function purges(db: Kysely<unknown>): Promise<void> {
  /*
   * Erases the sides of due records of one kind, in the order of indexes, from `p_after` on: in bites, so that no lock is
   * held long. Answers how many were erased and the last index looked at; null when there are no more.
   */
  await sql`
    create function purge_sides(p_act text, p_kind text, p_after bigint, p_at_most int)
    returns table (erased int, last_index bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform retention_act(p_act);
      perform set_config('guanyi.retention_act', p_act, true);
      with bite as materialized (
        select r.index, r.recorded_at from records r
         where r.index > p_after and retention_kind(r.mode, r.outcome) = p_kind
           and r.recorded_at < retention_cutoff(p_kind, china_day(clock_timestamp()))
         order by r.index limit p_at_most
      ), gone as (
        delete from record_sides s using bite b where s.index = b.index and s.recorded_at = b.recorded_at returning 1
      )
      select (select count(*) from gone)::int, (select max(b.index) from bite b) into erased, last_index;
      return next;
    end $$`.execute(db)

  /*
   * Advances the lowest kept index over whole bundles that the tree covers, whose every entry is due and whose sides are
   * gone, and removes those entries.
   */
  await sql`
    create function purge_entries(p_act text, p_at_most int)
    returns table (bundles int, kept_from bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      start bigint;
      covered bigint;
      whole bigint;
    begin
      perform retention_act(p_act);
      perform set_config('guanyi.retention_act', p_act, true);
      select lowest_kept, size into strict start, covered from log_tree for update;
      kept_from := start;
      bundles := 0;
      while bundles < p_at_most and kept_from + 256 <= covered loop
        select count(*) into whole from records r
         where r.index >= kept_from and r.index < kept_from + 256
           and retention_due_on(r.recorded_at, retention_kind(r.mode, r.outcome)) <= china_day(clock_timestamp())
           and not exists (select from record_sides s where s.index = r.index and s.recorded_at = r.recorded_at);
        exit when whole < 256;
        kept_from := kept_from + 256;
        bundles := bundles + 1;
      end loop;
      if bundles > 0 then
        update log_tree set lowest_kept = kept_from;
        delete from records r where r.index >= start and r.index < kept_from;
        delete from log_bundles b where b.index < kept_from / 256;
      end if;
      return next;
    end $$`.execute(db)

  /* Erases the sides of one record: due, or under the legal duty its act states. Answers whether there were any. */
  await sql`
    create function erase_side(p_act text, p_exchange_id text) returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      place exchange_ids%rowtype;
    begin
      perform retention_act(p_act);
      perform set_config('guanyi.retention_act', p_act, true);
      select * into place from exchange_ids where exchange_id = p_exchange_id;
      delete from record_sides s where s.index = place.index and s.recorded_at = place.recorded_at;
      return found;
    end $$`.execute(db)

  for (const signature of [
    'purge_sides(text, text, bigint, int)',
    'purge_entries(text, int)',
    'erase_side(text, text)',
    'retention_act(text)',
  ]) {
    await sql`revoke execute on function ${sql.raw(signature)} from public`.execute(db)
  }
}
