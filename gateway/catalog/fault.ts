/** One fault of a catalogue, told so that the person who wrote the file can mend it. */
export interface CatalogFault {
  /** Path as given to the check: directory, kind, file. */
  file: string
  /** JSON pointer (RFC 6901) into the file; empty for the file as a whole. */
  pointer: string
  /** Stable word for programs: `json`, `schema`, `reference`, `unique` … */
  rule: string
  zh: string
  en: string
}

/** A fault without its file: rules know the entry only. `path` is relative to the entry. */
export interface EntryFault {
  path: (string | number)[]
  rule: string
  zh: string
  en: string
}

/** Shorthand of the rule files. */
export const fault = (path: (string | number)[], rule: string, zh: string, en: string): EntryFault => ({
  path,
  rule,
  zh,
  en,
})

export const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** The catalogue cannot be used; `faults` is the whole list. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  constructor(readonly faults: readonly CatalogFault[]) {
    const [first] = faults
    super(
      `${faults.length} fault(s) in the catalogue, first: ${first?.file}#${first?.pointer} ${first?.zh} / ${first?.en}`,
    )
  }
}
