import { type ColumnType, sql } from 'kysely'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import type { PrefillStore } from '../../../prefill/types.ts'
import { createReader } from '../reader.ts'

interface PrefillTables {
  prefills: {
    id: string
    system: string
    created_at: ColumnType<Date, Date>
    expires_at: ColumnType<Date, Date>
    sealed: Buffer
  }
}

/** Prefills in PostgreSQL (055-prefills): working rows that run out, beside the log and no part of it. */
export function createPostgresPrefillStore(url: string): PrefillStore {
  const db = createReader<PrefillTables>({
    url,
    name: 'guanyi-prefills',
    max: 4,
    timeoutMs: 3_000,
  })
  return {
    async put({ id, system, createdAtMs, expiresAtMs, sealed }) {
      const row = { id, system, created_at: new Date(createdAtMs), expires_at: new Date(expiresAtMs), sealed }
      await db.insertInto('prefills').values(row).execute().catch(away)
      // Each new row clears a few that have run out: no job to forget.
      await sql`delete from prefills where id in (select id from prefills where expires_at < now() limit 5)`
        .execute(db)
        .catch(() => undefined)
    },
    async find(id) {
      const row = await db.selectFrom('prefills').selectAll().where('id', '=', id).executeTakeFirst().catch(away)
      if (row === undefined) return undefined
      return {
        id: row.id,
        system: row.system,
        createdAtMs: row.created_at.getTime(),
        expiresAtMs: row.expires_at.getTime(),
        sealed: row.sealed,
      }
    },
    close: () => db.destroy(),
  }
}

/** The database's message stays behind: its details quote rows. */
function away(thrown: unknown): never {
  throw new ExchangeError('record.unavailable', 'the prefills could not be reached', { cause: thrown })
}
