import type { FieldSetEntry, FormEntry } from './further-types.ts'

/**
 * A form with the contents of its field sets before its own; what the form says itself wins over a set's entry of the same
 * id or code. A set that is not there adds nothing (the check has reported it).
 */
export function withFieldSets(form: FormEntry, find: (id: string) => FieldSetEntry | undefined): FormEntry {
  if (form.fieldSets === undefined || form.fieldSets.length === 0) return form
  const sets = form.fieldSets.flatMap((id) => find(id) ?? [])
  const roles = merged(sets.map((set) => set.roles).concat([form.roles ?? []]), ({ id }) => id)
  return {
    ...form,
    ...(roles.length > 0 && { roles }),
    fields: merged(sets.map((set) => set.fields).concat([form.fields]), ({ id }) => id),
    materials: merged(sets.map((set) => set.materials).concat([form.materials]), ({ code }) => code),
  }
}

/** One list, in order of first appearance; the last of a name is kept. */
function merged<T>(lists: readonly T[][], nameOf: (entry: T) => string): T[] {
  return [...new Map(lists.flat().map((entry) => [nameOf(entry), entry])).values()]
}
