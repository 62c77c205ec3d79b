import type { Kysely } from 'kysely'
import type { StoredRecord } from '../../../ports/exchange-log.ts'
import type { Tables } from '../tables.ts'
import { columnsOf, placeOf } from './record-row.ts'

/** Reads one record: its id gives index and month, so that one partition is looked into and not all of them. */
export async function findRecord(db: Kysely<Tables>, exchangeId: string): Promise<StoredRecord | undefined> {
  const place = await db
    .selectFrom('exchange_ids')
    .select(['index', 'recorded_at'])
    .where('exchange_id', '=', exchangeId)
    .executeTakeFirst()
  if (place === undefined) return undefined
  const row = await db
    .selectFrom('records as r')
    .leftJoin('record_sides as s', (on) =>
      on.onRef('s.index', '=', 'r.index').on('s.recorded_at', '=', place.recorded_at),
    )
    .selectAll('r')
    .select(['s.salt', 's.subject_digest', 's.issuer_jwt'])
    .where('r.index', '=', place.index)
    .where('r.recorded_at', '=', place.recorded_at)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    ...placeOf(row),
    entry: row.entry,
    columns: columnsOf(row),
    salt: row.salt,
    subjectDigest: row.subject_digest,
    issuerJwt: row.issuer_jwt,
  }
}
