import { type Kysely, sql } from 'kysely'

/** Staging is emptied on receipt or expiry (R56), hence the right to delete; records are out of its reach. */
export async function grantBatchRights(db: Kysely<unknown>, role: string): Promise<void> {
  const to = sql.id(role)
  await sql`
    grant select, insert, update, delete on batches, batch_uploads, batch_lines, batch_turns, batch_deliveries
      to ${to}`.execute(db)
  await sql`grant execute on function settle_batch_lines, append_batch_lines to ${to}`.execute(db)
}
