import { createPostgresGrantStore } from '../../adapters/postgres/grants/store.ts'
import type { GrantStore } from '../../ports/grant-store.ts'
import { CliError, EXIT } from '../exit.ts'
import { databaseUrl } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

/** Opens the grants for one command and closes them whatever happens. */
export async function withGrants<T>(io: CliIo, work: (grants: GrantStore) => Promise<T>): Promise<T> {
  const grants = createPostgresGrantStore({ url: databaseUrl(io.env), listen: false })
  try {
    return await work(grants)
  } finally {
    await grants.close()
  }
}

export const noGrant = (id: string): CliError =>
  new CliError(EXIT.refused, { zh: `没有授权 ${id}`, en: `no grant ${id}` }, ['guanyi grant list'])
