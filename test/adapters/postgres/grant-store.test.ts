import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grants/store.ts'
import { grantStoreConformance } from '../../conformance/grant-store.ts'
import { migratedDatabase } from './database.ts'

grantStoreConformance('PostgreSQL', async () => {
  const database = await migratedDatabase()
  const store = createPostgresGrantStore({ url: database.url })
  return {
    store,
    another: async () => createPostgresGrantStore({ url: database.url }),
    async close() {
      await store.close()
      await database.drop()
    },
  }
})
