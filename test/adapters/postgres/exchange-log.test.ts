import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import { exchangeLogConformance } from '../../conformance/exchange-log.ts'
import { testGrant } from '../../conformance/grant-store.ts'
import { migratedDatabase } from './database.ts'

exchangeLogConformance('PostgreSQL', async () => {
  const database = await migratedDatabase()
  const log = createPostgresExchangeLog({ url: database.url })
  const version = async () =>
    BigInt((await database.sql<{ version: string }>('select version from authorisation_version'))[0]?.version ?? -1)
  return {
    log,
    another: async () => createPostgresExchangeLog({ url: database.url }),
    version,
    async raiseVersion({ scenario = 'P2.1', consumer = { kind: 'system' as const, id: 'test-system' } } = {}) {
      await database.sql('insert into grants (document) values ($1)', [testGrant({ scenario, consumer })])
      return version()
    },
    async close() {
      await log.close()
      await database.drop()
    },
  }
})
