import type { RequestedField } from '../exchange.ts'
import type { Catalog } from './types.ts'

const FIELD_NAME =
  /^(?:(?<role>[a-z][a-zA-Z0-9-]{0,31}):)?(?<dataset>[a-z][a-z0-9-]{1,63})\.(?<field>[a-z][A-Za-z0-9]{0,63})$/

/** A field as requests, grants and forms write it: `dataset.field`, or `role:dataset.field` for a party's (design §4). */
export interface FieldName {
  role: string | null
  dataset: string
  field: string
}

/** Splits a field's name; `undefined` when it is not written as one. Says nothing about whether such a field exists. */
export function parseFieldName(name: string): FieldName | undefined {
  const parts = FIELD_NAME.exec(name)?.groups
  if (parts === undefined) return undefined
  return { role: parts.role ?? null, dataset: parts.dataset!, field: parts.field! }
}

/** Writes a field's name; the inverse of `parseFieldName`. */
export const formatFieldName = ({ role, dataset, field }: FieldName): string =>
  role === null ? `${dataset}.${field}` : `${role}:${dataset}.${field}`

export type ResolvedField =
  | { ok: true; field: RequestedField }
  /** `form`: not written as a field; `dataset`, `field`: the catalogue has no such dataset, the dataset no such field. */
  | { ok: false; fault: 'form' | 'dataset' | 'field' }

/** Looks a field up in the catalogue, source fields and derived ones alike (their ids never collide in one dataset). */
export function resolveField(catalog: Pick<Catalog, 'datasets'>, name: string): ResolvedField {
  const parsed = parseFieldName(name)
  if (parsed === undefined) return { ok: false, fault: 'form' }
  const dataset = catalog.datasets.get(parsed.dataset)
  if (dataset === undefined) return { ok: false, fault: 'dataset' }

  const derived = dataset.derived.some(({ id }) => id === parsed.field)
  if (!derived && !dataset.fields.some(({ id }) => id === parsed.field)) return { ok: false, fault: 'field' }
  return { ok: true, field: { name, role: parsed.role, dataset, field: parsed.field, derived } }
}
