import { type Kysely, sql } from 'kysely'

/**
 * Verification codes of papers handed to reviewers (核验单, certificate copies), as digests: what a code stands for is in
 * the record it leads to, which the log covers and which says the same digest. A row outlives its use as the log does;
 * it holds nothing personal, and without the code it cannot be told from any other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table material_codes (
      digest bytea primary key check (octet_length(digest) = 32),
      exchange_id text collate "C" not null,
      issued_at timestamptz not null
    )`.execute(db)
}
