import type { DatasetAnswer } from '../exchange.ts'

export interface SectionCoverage {
  /** `YYYYMMDD`; null where the directory does not say. */
  completeSince: string | null
  divisions: string[]
  note: string | null
}

/**
 * Since when each section of a dossier is complete, as the directory declares it.
 *
 * The later of "records from" and "digitised since" counts: before it the source may hold something, but its silence
 * says nothing.
 */
export function coverageOf({ answers }: { answers: readonly DatasetAnswer[] }): Record<string, SectionCoverage> {
  return Object.fromEntries(
    answers.map(({ key, dataset: { coverage } }) => {
      const dates = [coverage.from, coverage.digitisedSince].filter((date) => date !== undefined).sort()
      return [key, { completeSince: dates.at(-1) ?? null, divisions: coverage.divisions, note: coverage.note ?? null }]
    }),
  )
}
