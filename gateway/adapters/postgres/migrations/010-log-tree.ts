import { type Kysely, sql } from 'kysely'

/**
 * The published log beside the records it covers: how far the tree has grown, its tiles, its full entry bundles, and
 * every checkpoint that was signed (design §9).
 *
 * `log_tree` is the promise about to be signed: its size only grows, in steps that name the root they start from, so
 * that of two integrators with different ideas one fails. A checkpoint can only be written for a root this row has
 * held, and only one root per size.
 *
 * A tile is kept once, as wide as it has become: every narrower tile is its beginning and is served from it, so partial
 * tiles of old checkpoints need no rows of their own. That a tile is only ever added to is enforced here. Partial
 * bundles are cut from `records`; a full one is copied, because the months of `records` can be detached on their own.
 *
 * Families: `sha256` is the tree; `sm3` (level 0 only) are the digests that the SM3 chain takes of the entries (R74).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table log_tree (
      only_row boolean primary key default true check (only_row),
      size bigint not null default 0,
      root bytea not null default sha256('') check (octet_length(root) = 32),
      sm3_head bytea not null default decode(repeat('00', 32), 'hex') check (octet_length(sm3_head) = 32),
      lowest_kept bigint not null default 0 check (lowest_kept % 256 = 0)
    ) with (fillfactor = 50)`.execute(db)
  await sql`insert into log_tree default values`.execute(db)
  await sql`
    create table log_tiles (
      family text collate "C" not null check (family in ('sha256', 'sm3')),
      level smallint not null check (level between 0 and 63),
      index bigint not null check (index >= 0),
      hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
      primary key (family, level, index)
    )`.execute(db)
  // Hashes do not compress: do not try.
  await sql`alter table log_tiles alter column hashes set storage external`.execute(db)
  await sql`create table log_bundles (index bigint primary key check (index >= 0), entries bytea not null)`.execute(db)
  await sql`
    create table log_checkpoints (
      size bigint primary key check (size >= 0),
      root bytea not null check (octet_length(root) = 32),
      note text not null,
      sm3_note text not null,
      signed_at timestamptz not null,
      cosignatures text not null default '',
      cosigned_at timestamptz
    )`.execute(db)

  await sql`
    create function refuse_other_growth() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if tg_table_name = 'log_tree' then
        if new.size > old.size or (new.size = old.size and new.root = old.root and new.sm3_head = old.sm3_head) then
          if new.lowest_kept >= old.lowest_kept and new.lowest_kept <= new.size then
            return new;
          end if;
        end if;
      elsif tg_table_name = 'log_tiles' then
        if octet_length(new.hashes) >= octet_length(old.hashes)
           and (new.family, new.level, new.index) = (old.family, old.level, old.index)
           and substring(new.hashes from 1 for octet_length(old.hashes)) = old.hashes then
          return new;
        end if;
      elsif tg_table_name = 'log_checkpoints' then
        if (new.size, new.root, new.note, new.sm3_note, new.signed_at) = (old.size, old.root, old.note, old.sm3_note, old.signed_at) then
          return new;
        end if;
      end if;
      raise exception '已发布的日志只能增长 (a published log only grows: update of % refused)', tg_table_name
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  for (const table of ['log_tree', 'log_tiles', 'log_checkpoints']) {
    await sql`
      create trigger only_grows before update on ${sql.table(table)}
      for each row execute function refuse_other_growth()`.execute(db)
    await sql`
      create trigger append_only before delete or truncate on ${sql.table(table)}
      for each statement execute function refuse_change()`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger only_grows`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger append_only`.execute(db)
  }
  await sql`
    create trigger append_only before update or truncate on log_bundles
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table log_bundles enable always trigger append_only`.execute(db)
  // Bundles past retention may go, whole ones, once the tree says that nothing below is kept (R55, R76).
  await sql`
    create function refuse_early_purge() returns trigger
    language plpgsql set search_path = public, pg_temp as $$
    begin
      if (old.index + 1) * 256 <= (select lowest_kept from log_tree) then
        return old;
      end if;
      raise exception '日志包 % 尚在保存期内 (bundle % is still kept)', old.index, old.index
        using errcode = 'restrict_violation';
    end $$`.execute(db)
  await sql`
    create trigger guard_kept before delete on log_bundles
    for each row execute function refuse_early_purge()`.execute(db)
  await sql`alter table log_bundles enable always trigger guard_kept`.execute(db)

  await functions(db)
}

/** What the service may do to the log: these three steps, each checked here. */
async function functions(db: Kysely<unknown>): Promise<void> {
  // True when the tree stood where the caller believed it to stand, and now stands where the caller says.
  await sql`
    create function grow_log(
      p_from_size bigint, p_from_root bytea, p_size bigint, p_root bytea, p_sm3_head bytea,
      p_families text[], p_levels smallint[], p_indexes bigint[], p_hashes bytea[],
      p_bundle_indexes bigint[], p_bundles bytea[]
    ) returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      if p_size > (select size from log_head) then
        raise exception '检查点不得超出已有记录 (the tree cannot be larger than the records)' using errcode = 'restrict_violation';
      end if;
      update log_tree set size = p_size, root = p_root, sm3_head = p_sm3_head
       where size = p_from_size and root = p_from_root and size < p_size;
      if not found then
        return false;
      end if;
      insert into log_tiles (family, level, index, hashes)
      select * from unnest(p_families, p_levels, p_indexes, p_hashes)
          on conflict (family, level, index) do update set hashes = excluded.hashes;
      insert into log_bundles (index, entries) select * from unnest(p_bundle_indexes, p_bundles);
      return true;
    end $$`.execute(db)
  await sql`
    create function publish_checkpoint(
      p_size bigint, p_root bytea, p_note text, p_sm3_note text, p_signed_at timestamptz,
      p_cosignatures text, p_cosigned_at timestamptz
    ) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      tree log_tree%rowtype;
      held bytea;
    begin
      select * into strict tree from log_tree for share;
      if p_size > tree.size or (p_size = tree.size and p_root <> tree.root) then
        raise exception '检查点与日志树不符 (the checkpoint is not of this tree)' using errcode = 'restrict_violation';
      end if;
      insert into log_checkpoints (size, root, note, sm3_note, signed_at, cosignatures, cosigned_at)
      values (p_size, p_root, p_note, p_sm3_note, p_signed_at, p_cosignatures, p_cosigned_at)
          on conflict (size) do nothing;
      select root into strict held from log_checkpoints where size = p_size;
      if held <> p_root then
        raise exception '同一规模不得有两个根 (two roots for size %)', p_size using errcode = 'restrict_violation';
      end if;
    end $$`.execute(db)
  await sql`
    create function cosign_checkpoint(p_size bigint, p_cosignatures text, p_cosigned_at timestamptz) returns void
    language sql security definer set search_path = public, pg_temp as $$
      update log_checkpoints set cosignatures = p_cosignatures, cosigned_at = p_cosigned_at where size = p_size
    $$`.execute(db)
  await sql`revoke execute on function grow_log from public`.execute(db)
  await sql`revoke execute on function publish_checkpoint from public`.execute(db)
  await sql`revoke execute on function cosign_checkpoint from public`.execute(db)
}
