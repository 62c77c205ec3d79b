import { type Kysely, sql } from 'kysely'

/**
 * One upload per batch at a time. Of several that a gateway of an earlier release may have under way the latest stays; the
 * others find themselves dropped when they are whole, as abandoned ones do.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    with gone as (
      delete from batch_uploads u
       where exists (select from batch_uploads o where o.batch = u.batch and (o.begun_at, o.id) > (u.begun_at, u.id))
      returning id
    )
    delete from batch_lines l using gone g where l.upload = g.id`.execute(db)
  await sql`create unique index batch_uploads_by_batch on batch_uploads (batch)`.execute(db)
}
