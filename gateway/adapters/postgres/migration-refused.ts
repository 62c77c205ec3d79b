import type { Bilingual } from '../../errors/exchange-error.ts'

/** The database cannot be brought up to date now, or by this program; nothing half done is left. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
  constructor(
    readonly text: Bilingual,
    readonly details: readonly string[] = [],
    options: { cause?: unknown } = {},
  ) {
    super([`${text.zh} / ${text.en}`, ...details].join('; '), options)
  }
}
