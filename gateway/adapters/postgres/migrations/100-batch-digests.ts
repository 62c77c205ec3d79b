import { type Kysely, sql } from 'kysely'

/** The digest of a batch's subjects goes with them: of one short line it could be searched through. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table batches alter column subjects_sha256 drop not null`.execute(db)
  await sql`update batches set subjects_sha256 = null where state = 'destroyed'`.execute(db)
}
