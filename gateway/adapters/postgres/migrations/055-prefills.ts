import { type Kysely, sql } from 'kysely'

/** What is kept of a prefill until the case is accepted: bearers sealed, values as digests inside the sealed part. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table prefills (
      id uuid primary key,
      system text collate "C" not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      sealed bytea not null check (octet_length(sealed) between 1 and 1048576)
    )`.execute(db)
  await sql`create index prefills_expiry on prefills (expires_at)`.execute(db)
}
