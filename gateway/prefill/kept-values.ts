import type { DatasetEntry, Scalar } from '../catalog/types.ts'
import type { ReleasedRow, RequestedField } from '../exchange.ts'
import { keyOf } from './reading.ts'
import type { KeptPrefill } from './types.ts'

/** What of a reading is kept: a `Reading` is one. */
export type ReadValues =
  | {
      ok: true
      rows: readonly ReleasedRow[]
      field: Pick<RequestedField, 'role' | 'field'> & { dataset: Pick<DatasetEntry, 'id' | 'cardinality'> }
    }
  | { ok: false }
type Read = (name: string) => ReadValues
/** Salted; `name` says what the values are of. */
type Digest = (name: string, values: readonly unknown[]) => string
type KeptRows = NonNullable<KeptPrefill['rows']>[number]

/** One field's values over its rows. Sources may list rows in any order: that is no change. */
export function valuesDigest(name: string, reading: ReadValues, digest: Digest): string {
  const values: Scalar[] = reading.ok ? reading.rows.flatMap((row) => row[reading.field.field] ?? []) : []
  return digest(name, inAnyOrder(values))
}

/**
 * Which values stand in one row together, for every dataset of many rows: two rows may exchange a value, and a row in
 * which a field is empty may come or go, and each field by itself still reads the same.
 */
export function keptRows(item: string, names: readonly string[], read: Read, digest: Digest): KeptRows[] {
  const groups = new Map<string, string[]>()
  for (const name of [...new Set(names)].sort()) {
    const reading = read(name)
    if (!reading.ok || reading.field.dataset.cardinality !== 'many') continue
    const key = keyOf(reading.field)
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  return [...groups].flatMap(([key, together]) => {
    const rows = rowsDigest(key, together, read, digest)
    return rows === undefined ? [] : [{ item, key, names: together, digest: rows }]
  })
}

/**
 * Names whose rows are not the ones that were kept although each field's own values are. Where one of the fields has
 * changed by itself, that one says so, and the others of its rows hold.
 */
export function regroupedNames(kept: KeptPrefill, item: string, read: Read, digest: Digest): Set<string> {
  const before = new Map(kept.fields.filter((field) => field.item === item).map(({ name, digest: own }) => [name, own]))
  return new Set(
    (kept.rows ?? [])
      .filter((rows) => rows.item === item)
      .flatMap(({ key, names, digest: then }) => {
        if (names.some((name) => valuesDigest(name, read(name), digest) !== before.get(name))) return []
        const now = rowsDigest(key, names, read, digest)
        return now === undefined || now === then ? [] : names
      }),
  )
}

/** `undefined` when one of the fields cannot be read: then nothing is known of whole rows. */
function rowsDigest(key: string, names: readonly string[], read: Read, digest: Digest): string | undefined {
  const readings = names.map(read)
  const [first] = readings
  if (first === undefined || !first.ok || readings.some(({ ok }) => !ok)) return undefined
  const rows = first.rows.map((row) =>
    readings.map((reading) => (reading.ok ? (row[reading.field.field] ?? null) : null)),
  )
  return digest(`rows ${key}`, inAnyOrder(rows))
}

/** As a bag: equal ones count, their order does not. */
const inAnyOrder = <Value>(values: readonly Value[]): Value[] =>
  values
    .map((value): [string, Value] => [JSON.stringify(value), value])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, value]) => value)
