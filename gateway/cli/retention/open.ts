import { readFile } from 'node:fs/promises'
import { createPostgresRetentionStore } from '../../adapters/postgres/retention/store.ts'
import type { AdministrativeRecords } from '../../operators/types.ts'
import type { RetentionStore } from '../../retention/types.ts'
import { configError } from '../exit.ts'
import { withRecords } from '../operators/with-records.ts'
import { ownerUrl } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

/** The owner's store alone, for looking. */
export async function withStore<T>({ env }: CliIo, work: (store: RetentionStore) => Promise<T>): Promise<T> {
  const store = createPostgresRetentionStore({ url: ownerUrl(env) })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Store and records: what purging and erasing take. The environment is the gateway's own. */
export function withRetention<T>(
  io: CliIo,
  work: (deps: { store: RetentionStore; records: AdministrativeRecords }) => Promise<T>,
): Promise<T> {
  return withRecords(io, ({ records }) => withStore(io, (store) => work({ store, records })))
}

export const registryText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch(() => {
    throw configError(`读不到操作员名册 ${path}`, `cannot read the operator registry ${path}`)
  })
