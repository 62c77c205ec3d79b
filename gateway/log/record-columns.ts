import type { RecordColumns } from '../ports/exchange-log.ts'

/** What is searched by, with the member of the entry it was taken from. */
const MEMBER_OF: Readonly<Partial<Record<keyof RecordColumns, string>>> = {
  mode: 'mode',
  outcome: 'outcome',
  code: 'code',
  member: 'member',
  system: 'system',
  onBehalfOf: 'onBehalfOf',
  scenario: 'scenario',
  item: 'item',
  caseNo: 'case',
  application: 'application',
  purpose: 'purpose',
  catalogVersion: 'catalogVersion',
  policyVersion: 'policyVersion',
  grants: 'grants',
}

export interface SearchedRecord {
  exchangeId: string
  recordedAtMs: number
  entry: Buffer
  columns: Readonly<Partial<RecordColumns>>
}

/**
 * The first column that says something else than the entry beside it, or `undefined`. Auditors search by columns: a
 * column changed would hide a record whose entry is whole.
 *
 * Shape: only members that the entry has are compared, so that older and other kinds of entries pass.
 */
export function columnBesideEntry({ exchangeId, recordedAtMs, entry, columns }: SearchedRecord): string | undefined {
  const logged = JSON.parse(entry.toString()) as Record<string, unknown>
  if ('exchangeId' in logged && logged.exchangeId !== exchangeId) return 'exchange_id'
  if (typeof logged.at === 'string' && Date.parse(logged.at) !== recordedAtMs) return 'recorded_at'
  const differs = Object.entries(MEMBER_OF).find(([column, member]) => {
    const value = columns[column as keyof RecordColumns]
    return value !== undefined && member in logged && !same(logged[member], value)
  })
  return differs?.[0]
}

/** Lists have no null in the database, and entries have no empty list where nothing applies. */
const same = (logged: unknown, column: unknown): boolean =>
  JSON.stringify(logged ?? null) === JSON.stringify(column ?? null) ||
  (Array.isArray(column) && column.length === 0 && logged === null)
