import { type Kysely, sql } from 'kysely'

/** Concerns every exchange. No grant has this scope: its consumer is a member or a system. */
const EVERYTHING = `'', '', ''`
/** Advisory locks of this name belong to `publish_scope` and `append_records` alone. */
const BARRIER = `hashtextextended('guanyi.authorisation', 0)`

/**
 * Staleness by scope (invariant 5). What a grant may decide hangs on its scenario and consumer alone: those are what
 * candidates are looked up by. So each (scenario, consumer) remembers the version of its last change, and an exchange is
 * stale when one of its own two (its system's, its acting member's) has changed since it was decided, instead of when any
 * grant of the city has. A grant that moves changes the scope it leaves and the one it enters; TRUNCATE changes all.
 *
 * How it serialises (READ COMMITTED), in place of point 2 of 004-append:
 *  1. A change of grants publishes its scopes at its COMMIT (deferred trigger), under the barrier, exclusively; locks of a
 *     transaction are let go after its changes are visible. An append reads the scopes under the same barrier, shared, and
 *     keeps it until it has committed. So either the change came first: the append waits for its commit, a millisecond,
 *     and sees it; or the append came first: the change waits for the append's. Once a revocation has been acknowledged, no
 *     record decided before it can still become durable.
 *  2. What is not committed concerns nobody: a change left open at a console no longer holds exchanges back. It still
 *     holds back other changes of grants (the version row), which is why migrate.ts ends idle transactions.
 *  3. Locks are taken in the order head, barrier, ids by appends and version, grants, barrier, scopes by changes: the
 *     barrier is the only one both take, and neither waits for the other while holding what the other needs.
 *
 * Most appends find that nothing at all has changed since (`v.version = d.version`) and look no scope up.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table authorisation_scopes (
      scenario text collate "C" not null,
      consumer_kind text collate "C" not null,
      consumer_id text collate "C" not null,
      version bigint not null,
      primary key (scenario, consumer_kind, consumer_id)
    )`.execute(db)
  await sql`
    insert into authorisation_scopes (scenario, consumer_kind, consumer_id, version)
    select scenario, consumer_kind, consumer_id, max(version) from (
      select scenario, consumer_kind, consumer_id, changed_version as version from grants
      union all
      select coalesce(scenario, ''), coalesce(consumer_kind, ''), coalesce(consumer_id, ''), version from grant_changes
    ) known group by 1, 2, 3`.execute(db)
  await publishing(db)
  await judging(db)
}

async function publishing(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function publish_scope(p_scenario text, p_kind text, p_id text) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare raised bigint := raise_authorisation_version();
    begin
      perform from authorisation_scopes s
        where (s.scenario, s.consumer_kind, s.consumer_id) = (p_scenario, p_kind, p_id) and s.version = raised;
      if found then
        return; -- by another grant of this transaction, which holds the barrier
      end if;
      perform pg_advisory_xact_lock(${sql.raw(BARRIER)});
      insert into authorisation_scopes as s (scenario, consumer_kind, consumer_id, version)
      values (p_scenario, p_kind, p_id, raised)
      on conflict (scenario, consumer_kind, consumer_id) do update set version = excluded.version;
    end $$`.execute(db)
  await sql`revoke execute on function publish_scope from public`.execute(db)
  await sql`
    create function publish_scopes() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      if tg_op = 'TRUNCATE' then
        perform publish_scope(${sql.raw(EVERYTHING)});
        return null;
      end if;
      if tg_op <> 'INSERT' then
        perform publish_scope(old.scenario, old.consumer_kind, old.consumer_id);
      end if;
      if tg_op = 'INSERT' then
        perform publish_scope(new.scenario, new.consumer_kind, new.consumer_id);
      elsif tg_op = 'UPDATE' and (new.scenario, new.consumer_kind, new.consumer_id)
                               is distinct from (old.scenario, old.consumer_kind, old.consumer_id) then
        perform publish_scope(new.scenario, new.consumer_kind, new.consumer_id);
      end if;
      return null;
    end $$`.execute(db)
  await sql`
    create constraint trigger publish_scopes after insert or update or delete on grants
    deferrable initially deferred for each row execute function publish_scopes()`.execute(db)
  await sql`
    create trigger publish_truncate after truncate on grants
    for each statement execute function publish_scopes()`.execute(db)
  await sql`alter table grants enable always trigger publish_scopes`.execute(db)
  await sql`alter table grants enable always trigger publish_truncate`.execute(db)
}

async function judging(db: Kysely<unknown>): Promise<void> {
  await inFunction(db, 'append_records', [
    [
      'select v.version into strict now_version from authorisation_version v for share;',
      `perform pg_advisory_xact_lock_shared(${BARRIER});
      select v.version into strict now_version from authorisation_version v;`,
    ],
    [
      `when d.version is distinct from now_version and d.version is not null then 'stale'`,
      `when d.version is null or d.version = now_version then
                  case when r.exchange_id is not null then 'replayed' else 'recorded' end
                -- Above the version now: decided before the database was set back.
                when d.version > now_version then 'stale'
                when exists (select from authorisation_scopes s
                              where s.scenario = p_scenarios[d.ord] and s.consumer_kind = 'system'
                                and s.consumer_id = p_systems[d.ord] and s.version > d.version)
                  or exists (select from authorisation_scopes s
                              where s.scenario = p_scenarios[d.ord] and s.consumer_kind = 'member'
                                and s.consumer_id = coalesce(p_on_behalf_of[d.ord], p_members[d.ord]) and s.version > d.version)
                  or exists (select from authorisation_scopes s
                              where (s.scenario, s.consumer_kind, s.consumer_id) = (${EVERYTHING}) and s.version > d.version) then 'stale'`,
    ],
  ])
}

/** Replaces parts of a function that an earlier step made; everything else of it, its rights too, stays. */
async function inFunction(db: Kysely<unknown>, name: string, changes: readonly [from: string, to: string][]) {
  const { rows } = await sql<{ text: string }>`select pg_get_functiondef(${name}::regproc) as text`.execute(db)
  let text = rows[0]!.text
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2) throw new Error(`\`${name}\` is not as an earlier step made it`)
    text = text.replace(from, () => to)
  }
  await sql.raw(text).execute(db)
}
