import { ExchangeError } from '../../errors/exchange-error.ts'
import { CliError, EXIT } from '../exit.ts'

/** A refusal of ours as the command line says it, in its own words. */
export function told(thrown: unknown): never {
  if (!(thrown instanceof ExchangeError)) throw thrown
  const { publicDetail, reasons = [] } = thrown.options
  const text = publicDetail ?? reasons[0] ?? { zh: thrown.message, en: thrown.message }
  throw new CliError(thrown.code === 'record.unavailable' ? EXIT.unreachable : EXIT.refused, {
    zh: text.zh,
    en: text.en,
  })
}
