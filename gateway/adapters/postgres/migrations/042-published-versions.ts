import { type Kysely, sql } from 'kysely'

/**
 * The catalogue and the policies under every version a gateway ever started with. Records name versions by their digest;
 * without the text behind it a digest proves nothing years later. `content` is the very text whose SHA-256 is the
 * version, compressed (gzip): anybody can digest it again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table published_versions (
      kind text not null check (kind in ('catalog', 'policy')),
      version text collate "C" not null,
      content bytea not null check (octet_length(content) between 1 and 33554432),
      first_seen timestamptz not null default clock_timestamp(),
      primary key (kind, version)
    )`.execute(db)
  await sql`alter table published_versions alter column content set storage external`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on published_versions
    for each statement execute function refuse_change()`.execute(db)
  await sql`alter table published_versions enable always trigger append_only`.execute(db)
}
