import { type EntryFault, fault } from '../fault.ts'
import type { DatasetEntry, DerivedField } from '../types.ts'

/** Everything a derived field reads is a source field of its dataset and is listed in `from`, since only that is fetched. */
export function* mustExistIn(
  dataset: DatasetEntry,
  { from, rule, personal }: DerivedField,
  path: EntryFault['path'],
): Iterable<EntryFault> {
  const sources = new Map(dataset.fields.map((field) => [field.id, field]))
  for (const [i, id] of from.entries()) {
    if (!sources.has(id))
      yield fault(
        [...path, 'from', i],
        'derived-source',
        `本数据资源没有信息项 ${id}`,
        `the dataset has no source field \`${id}\``,
      )
  }
  for (const [id, at] of readBy(rule)) {
    if (!from.includes(id))
      yield fault(
        [...path, 'rule', ...at],
        'derived-source',
        `${id} 未列入 from`,
        `\`${id}\` is not listed in \`from\``,
      )
  }
  if (!personal && from.some((id) => sources.get(id)?.personal === true)) {
    yield fault(
      [...path, 'personal'],
      'derived-personal',
      '由个人信息得出的仍是个人信息',
      'what is derived from personal information is personal',
    )
  }
}

function* readBy(rule: DerivedField['rule']): Iterable<[id: string, at: EntryFault['path']]> {
  if ('field' in rule) yield [rule.field, ['field']]
  if ('where' in rule) for (const [i, condition] of rule.where.entries()) yield [condition.field, ['where', i, 'field']]
}
