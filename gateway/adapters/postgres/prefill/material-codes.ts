import type { ColumnType } from 'kysely'
import { ExchangeError } from '../../../errors/exchange-error.ts'
import type { MaterialCodes } from '../../../ports/material-codes.ts'
import { createReader } from '../reader.ts'

interface MaterialCodeTables {
  material_codes: { digest: Buffer; exchange_id: string; issued_at: ColumnType<Date, Date> }
}

/** Digests of verification codes in PostgreSQL (080-material-codes). */
export function createPostgresMaterialCodes(url: string): MaterialCodes {
  const db = createReader<MaterialCodeTables>({ url, name: 'guanyi-material-codes', max: 2, timeoutMs: 3_000 })
  return {
    async put({ digest, exchangeId, issuedAtMs }) {
      const row = { digest, exchange_id: exchangeId, issued_at: new Date(issuedAtMs) }
      await db.insertInto('material_codes').values(row).execute().catch(away)
    },
    async find(digest) {
      const found = db.selectFrom('material_codes').select('exchange_id').where('digest', '=', digest)
      return (await found.executeTakeFirst().catch(away))?.exchange_id
    },
    close: () => db.destroy(),
  }
}

function away(cause: unknown): never {
  throw new ExchangeError('record.unavailable', 'the verification codes could not be reached', { cause })
}
