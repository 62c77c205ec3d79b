export interface ColumnPick {
  column: string
  field: string
  read: (text: string | null) => unknown
}

export interface ColumnMap {
  /** Which of the query's columns fill the wanted fields; columns nobody asked for are left where they are. */
  pick(columns: readonly string[], wanted: readonly string[]): ColumnPick[]
}

/**
 * Maps columns to fields: by `fieldMap`, else by the same name, else by the same name in lower case, because
 * PostgreSQL folds `select certificateNo` to `certificateno`.
 *
 * Errors: throws when `fieldMap` names a field the dataset does not have, or one field twice.
 */
export function createColumnMap(
  fieldMap: Record<string, string>,
  fields: readonly { id: string; type: string }[],
  fromText: (text: string | null, type: string) => unknown,
): ColumnMap {
  const types = new Map(fields.map(({ id, type }) => [id, type]))
  const folded = new Map(fields.map(({ id }) => [id.toLowerCase(), id]))
  const targets = Object.values(fieldMap)
  const unknown = targets.filter((field) => !types.has(field))
  if (unknown.length > 0) throw new Error(`fieldMap names unknown fields: ${unknown.join(', ')}`)
  if (new Set(targets).size < targets.length) throw new Error('fieldMap names a field twice')

  const fieldOf = (column: string): string | undefined => {
    if (Object.hasOwn(fieldMap, column)) return fieldMap[column]
    const field = types.has(column) ? column : folded.get(column)
    return field !== undefined && !targets.includes(field) ? field : undefined
  }
  return {
    pick: (columns, wanted) =>
      columns.flatMap((column) => {
        const field = fieldOf(column)
        if (field === undefined || !wanted.includes(field)) return []
        const type = types.get(field) ?? 'string'
        return [{ column, field, read: (text: string | null) => fromText(text, type) }]
      }),
  }
}
