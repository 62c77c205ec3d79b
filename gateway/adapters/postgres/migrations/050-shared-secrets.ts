import { type Kysely, sql } from 'kysely'

/** Login secrets that a partner's platform renews (R147), sealed before they come here. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table shared_secrets (
      name text collate "C" primary key check (length(name) between 1 and 200),
      sealed bytea not null check (octet_length(sealed) between 1 and 65536),
      changed timestamptz not null default clock_timestamp()
    )`.execute(db)
}
