/**
 * What a disclosed value is called on the command line: `dataset.field` or `role:dataset.field` as in requests (results of
 * `verify` are named so already), `subject.id` for what stands elsewhere.
 */
export function fieldOfPath(path: readonly string[]): { name: string; row: number | null } {
  const [head, dataset, ...rest] = path
  if (head === 'data' && dataset !== undefined) {
    return rest.length > 1
      ? { name: `${dataset}.${rest.slice(1).join('.')}`, row: Number(rest[0]) }
      : { name: `${dataset}.${rest.join('.')}`, row: null }
  }
  if (head === 'results') return { name: path.slice(1).join('.'), row: null }
  return { name: path.join('.'), row: null }
}

/** With the row where the dataset has many: `social-insurance[0].base`. */
export function labelOfPath(path: readonly string[]): string {
  const { name, row } = fieldOfPath(path)
  const dot = name.lastIndexOf('.')
  return row === null ? name : `${name.slice(0, dot)}[${row}]${name.slice(dot)}`
}
