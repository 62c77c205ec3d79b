import { type Kysely, sql } from 'kysely'

/**
 * Profiles under which callers of an older dialect are admitted (R155), and their ends. Both only grow, for everyone:
 * whoever can write here may neither change a profile (it is signed) nor bring a revoked one back.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table dialect_profiles (
      id text collate "C" primary key check (length(id) between 2 and 96),
      rid text collate "C" not null check (length(rid) between 36 and 64),
      sid text collate "C" not null check (length(sid) between 3 and 96),
      system text collate "C" not null,
      document text not null check (octet_length(document) between 1 and 65536),
      sealed_secret bytea not null check (octet_length(sealed_secret) between 1 and 4096),
      admitted_at timestamptz not null,
      admitted_by text not null
    )`.execute(db)
  await sql`create index dialect_profiles_by_caller on dialect_profiles (rid, admitted_at desc)`.execute(db)
  await sql`
    create table dialect_revocations (
      profile_id text collate "C" primary key references dialect_profiles,
      revoked_at timestamptz not null,
      revoked_by text not null,
      reason text not null
    )`.execute(db)
  for (const table of ['dialect_profiles', 'dialect_revocations']) {
    await sql`
      create trigger append_only before update or delete or truncate on ${sql.table(table)}
      for each statement execute function refuse_change()`.execute(db)
    await sql`alter table ${sql.table(table)} enable always trigger append_only`.execute(db)
  }
}
