import type { Scalar } from '../catalog/types.ts'
import type { ReleasedRow, RequestedField, SourceEntry } from '../exchange.ts'
import type { LegEnd } from './run-leg.ts'
import type { Empty, PendingTask } from './types.ts'
import { roleOf } from './wanted.ts'

/** What data says to one field name, before masks. */
export type Reading =
  | { ok: true; rows: ReleasedRow[]; field: RequestedField; source: SourceEntry; end: LegEnd & { kind: 'answered' } }
  | { ok: false; empty: Empty; asked: boolean; task?: PendingTask }

export const keyOf = ({
  role,
  dataset,
}: Pick<RequestedField, 'role'> & { dataset: Pick<RequestedField['dataset'], 'id'> }): string =>
  role === null ? dataset.id : `${role}:${dataset.id}`

/** Looks values up in the exchanges of one form. `ends` is by role. */
export function createReading(ends: ReadonlyMap<string, LegEnd>): (name: string) => Reading {
  return (name) => {
    const end = ends.get(roleOf(name))
    if (end === undefined) return { ok: false, empty: 'ask-applicant', asked: false }
    if (end.kind === 'refused') {
      const unavailable = end.failure.code.startsWith('provider.')
      return { ok: false, empty: unavailable ? 'unavailable' : 'not-granted', asked: unavailable }
    }
    const field = end.shaped.fields.find((each) => each.name === name)
    if (field === undefined) {
      const unusable = !end.leg.identified.fields.some((each) => each.name === name)
      return { ok: false, empty: unusable ? 'ask-applicant' : 'not-granted', asked: false }
    }
    const key = keyOf(field)
    const source = end.shaped.sources[key]!
    if (source.task?.state === 'pending') {
      const { id, dueOn } = source.task
      return { ok: false, empty: 'pending', asked: true, task: { id, dueOn } }
    }
    if (source.status !== 'ok') return { ok: false, empty: source.status, asked: true }
    const data = end.shaped.data[key]!
    return { ok: true, rows: Array.isArray(data) ? data : [data], field, source, end }
  }
}

/** The values of a field over its rows that are really there. */
export const valuesOf = (reading: Reading): Exclude<Scalar, null>[] =>
  reading.ok
    ? reading.rows.map((row) => row[reading.field.field]).filter((value) => value !== undefined && value !== null)
    : []
