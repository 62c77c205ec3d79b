import { type Kysely, sql } from 'kysely'

/**
 * Grants, their history, and the version that every change of them raises.
 *
 * The document is the truth; the other columns of `grants` are copies for searching which `stamp_grant` rewrites, so
 * that the two never differ. `status` alone may be changed in either place, because that is what a person at a
 * console does: `update grants set status = 'suspended' where id = …` works, is versioned and leaves a line in
 * `grant_changes` like any change made through the gateway.
 *
 * One transaction raises the version once (`raised_by`), however many grants it touches: a version becomes visible only
 * at commit, so finer steps would mean nothing. Every writer locks the version row before any grant row
 * (`lock_authorisation`), which keeps two writers of many grants from waiting for each other in a circle.
 *
 * The functions are SECURITY DEFINER so that the service's role needs no right on the version and history tables.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table authorisation_version (
      only_row boolean primary key default true check (only_row),
      version bigint not null default 0,
      raised_by xid8,
      raised_at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql`insert into authorisation_version default values`.execute(db)

  await sql`
    create table grants (
      id text collate "C" primary key,
      document jsonb not null,
      status text not null check (status in ('draft', 'active', 'suspended', 'revoked', 'expired')),
      scenario text collate "C" not null,
      consumer_kind text not null check (consumer_kind in ('member', 'system')),
      consumer_id text collate "C" not null,
      valid_from timestamptz not null,
      valid_until timestamptz not null,
      changed_version bigint not null
    )`.execute(db)
  await sql`create index grants_by_consumer on grants (scenario, consumer_kind, consumer_id)`.execute(db)
  await sql`create index grants_to_expire on grants (valid_until) where status in ('active', 'suspended')`.execute(db)

  // A row with null keys means "anything may have changed" (TRUNCATE).
  await sql`
    create table grant_changes (
      id bigint generated always as identity primary key,
      version bigint not null,
      grant_id text,
      changed_at timestamptz not null default clock_timestamp(),
      changed_by text not null,
      from_status text,
      to_status text,
      reason text not null,
      scenario text,
      consumer_kind text,
      consumer_id text
    )`.execute(db)
  await sql`create index grant_changes_by_version on grant_changes (version)`.execute(db)
  await sql`create index grant_changes_by_grant on grant_changes (grant_id)`.execute(db)

  await sql`
    create function raise_authorisation_version() returns bigint
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare raised bigint;
    begin
      select version into raised from authorisation_version where raised_by = pg_current_xact_id();
      if found then
        return raised;
      end if;
      update authorisation_version
         set version = version + 1, raised_by = pg_current_xact_id(), raised_at = clock_timestamp()
       returning version into raised;
      return raised;
    end $$`.execute(db)

  await sql`revoke execute on function raise_authorisation_version() from public`.execute(db)

  await sql`
    create function lock_authorisation() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform from authorisation_version for no key update;
      return null;
    end $$`.execute(db)

  await sql`
    create function stamp_grant() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      if tg_op = 'DELETE' then
        perform raise_authorisation_version();
        return old;
      end if;
      if tg_op = 'UPDATE' and new.document ->> 'status' is not distinct from old.document ->> 'status' then
        new.document := jsonb_set(new.document, '{status}', to_jsonb(new.status));
      end if;
      new.id := new.document ->> 'id';
      new.status := new.document ->> 'status';
      new.scenario := new.document ->> 'scenario';
      new.consumer_kind := new.document #>> '{consumer,kind}';
      new.consumer_id := new.document #>> '{consumer,id}';
      new.valid_from := (new.document #>> '{term,from}')::timestamptz;
      new.valid_until := (new.document #>> '{term,until}')::timestamptz;
      new.changed_version := raise_authorisation_version();
      return new;
    end $$`.execute(db)

  // Who and why come from the writer's own transaction settings; a change by hand is signed with the session's role.
  await sql`
    create function note_grant_changes() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      raised bigint;
      who text := coalesce(nullif(current_setting('guanyi.changed_by', true), ''), 'sql:' || session_user);
      why text := coalesce(nullif(current_setting('guanyi.reason', true), ''), 'changed by SQL');
    begin
      if tg_op = 'INSERT' then
        insert into grant_changes (version, grant_id, changed_by, from_status, to_status, reason, scenario, consumer_kind, consumer_id)
        select n.changed_version, n.id, who, null, n.status, why, n.scenario, n.consumer_kind, n.consumer_id from new_grants n;
      elsif tg_op = 'UPDATE' then
        insert into grant_changes (version, grant_id, changed_by, from_status, to_status, reason, scenario, consumer_kind, consumer_id)
        select n.changed_version, n.id, who, o.status, n.status, why, n.scenario, n.consumer_kind, n.consumer_id
          from new_grants n left join old_grants o on o.id = n.id;
        -- Where a grant moved to another consumer or scenario, readers of its old place must hear of it too.
        insert into grant_changes (version, grant_id, changed_by, from_status, to_status, reason, scenario, consumer_kind, consumer_id)
        select (select max(changed_version) from new_grants), o.id, who, o.status, null, why, o.scenario, o.consumer_kind, o.consumer_id
          from old_grants o left join new_grants n on n.id = o.id
         where (o.scenario, o.consumer_kind, o.consumer_id) is distinct from (n.scenario, n.consumer_kind, n.consumer_id);
      elsif tg_op = 'DELETE' then
        if not exists (select from old_grants) then
          return null;
        end if;
        raised := raise_authorisation_version();
        insert into grant_changes (version, grant_id, changed_by, from_status, to_status, reason, scenario, consumer_kind, consumer_id)
        select raised, o.id, who, o.status, null, why, o.scenario, o.consumer_kind, o.consumer_id from old_grants o;
      else
        raised := raise_authorisation_version();
        insert into grant_changes (version, changed_by, reason) values (raised, who, why || ' (TRUNCATE)');
      end if;
      perform pg_notify('guanyi_authorisation', v.version::text)
         from authorisation_version v where v.raised_by = pg_current_xact_id();
      return null;
    end $$`.execute(db)

  await sql`
    create trigger lock_first before insert or update or delete or truncate on grants
    for each statement execute function lock_authorisation()`.execute(db)
  await sql`
    create trigger stamp before insert or update or delete on grants
    for each row execute function stamp_grant()`.execute(db)
  await sql`
    create trigger note_insert after insert on grants referencing new table as new_grants
    for each statement execute function note_grant_changes()`.execute(db)
  await sql`
    create trigger note_update after update on grants referencing old table as old_grants new table as new_grants
    for each statement execute function note_grant_changes()`.execute(db)
  await sql`
    create trigger note_delete after delete on grants referencing old table as old_grants
    for each statement execute function note_grant_changes()`.execute(db)
  await sql`
    create trigger note_truncate after truncate on grants
    for each statement execute function note_grant_changes()`.execute(db)

  await sql`
    create function refuse_change() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      raise exception '% 只可追加，不得修改或删除 (append-only: % refused)', tg_table_name, tg_op
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on grant_changes
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table grant_changes enable always trigger append_only`.execute(db)
}
