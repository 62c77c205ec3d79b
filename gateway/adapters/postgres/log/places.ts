import { ExchangeError } from '../../../errors/exchange-error.ts'
import type { RecordPlaces } from '../../../ports/record-places.ts'
import { createReader } from '../reader.ts'

/** Finds single records for their proofs; by id or by index both lead to one partition. */
export function createPostgresRecordPlaces({
  url,
  timeoutMs = 3000,
}: {
  url: string
  timeoutMs?: number
}): RecordPlaces {
  const db = createReader({ url, name: 'guanyi-log-places', max: 2, timeoutMs })
  return {
    async find(of) {
      try {
        const ids = db.selectFrom('exchange_ids').select(['index', 'exchange_id', 'recorded_at'])
        const place = await ('exchangeId' in of
          ? ids.where('exchange_id', '=', of.exchangeId)
          : ids.where('index', '=', String(of.index))
        ).executeTakeFirst()
        if (place === undefined) return undefined
        const [record, side] = await Promise.all([
          db
            .selectFrom('records')
            .select(['entry', 'system'])
            .where('index', '=', place.index)
            .where('recorded_at', '=', place.recorded_at)
            .executeTakeFirst(),
          db
            .selectFrom('record_sides')
            .select('salt')
            .where('index', '=', place.index)
            .where('recorded_at', '=', place.recorded_at)
            .executeTakeFirst(),
        ])
        if (record === undefined) return undefined
        return {
          index: Number(place.index),
          exchangeId: place.exchange_id,
          system: record.system,
          entry: record.entry,
          salt: side?.salt ?? null,
        }
      } catch (cause) {
        throw new ExchangeError('record.unavailable', 'the log could not be read', { cause })
      }
    },
    close: () => db.destroy(),
  }
}
