import { ExchangeError } from '../../../errors/exchange-error.ts'

/** The database's message stays behind: its details quote rows. */
export function eventStoreFailure(thrown: unknown): never {
  if (thrown instanceof ExchangeError) throw thrown
  const code = (thrown as { code?: string }).code ?? 'none'
  throw new ExchangeError('record.unavailable', `the store of events did not answer (code \`${code}\`)`)
}
