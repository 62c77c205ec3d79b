import type { Finding, ForeignRow, Register } from './types.ts'

/** A member of a query as text; empty when it is missing or no text, as these systems treat it. */
export const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

/** Fen as these systems print money: `1280.50`. */
export const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`

/** A member of a query as a group of members. */
export const group = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const rows = (...found: ForeignRow[]): Finding => ({ kind: 'rows', rows: found })
export const refused: Finding = { kind: 'refused' }
export const notDigitised: Finding = { kind: 'not-digitised' }

/** Rows by key, made once at start. */
export function indexRows<T>(
  items: Iterable<T>,
  keysOf: (item: T) => readonly string[],
): (key: string) => readonly T[] {
  const index = new Map<string, T[]>()
  for (const item of items) {
    for (const key of keysOf(item)) {
      const known = index.get(key)
      if (known) known.push(item)
      else index.set(key, [item])
    }
  }
  return (key) => index.get(key) ?? []
}

/** The common register: one required member of the query chooses the rows. */
export function byMember<T>(
  member: string,
  find: (key: string) => readonly T[],
  toRow: (item: T) => ForeignRow,
): Register {
  return (query) => {
    const key = text(query[member])
    return key === '' ? refused : rows(...find(key).map(toRow))
  }
}
