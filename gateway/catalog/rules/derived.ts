import { type EntryFault, fault } from '../fault.ts'
import type { Condition, DatasetEntry, DerivedField, DerivedRule, FieldEntry, Scalar } from '../types.ts'
import type { Rule } from './context.ts'
import { mustExistIn } from './derived-sources.ts'

/** A derived field computes from declared source fields of the right type, and gives what it says it gives. */
export const derivedRule: Rule<'datasets'> = function* (dataset) {
  for (const [i, derived] of dataset.derived.entries()) {
    const path = ['derived', i]
    yield* mustExistIn(dataset, derived, path)
    yield* result(dataset, derived, path)
    const conditions = 'where' in derived.rule ? derived.rule.where : []
    for (const [j, condition] of conditions.entries()) {
      yield* comparison(dataset, condition, [...path, 'rule', 'where', j])
    }
  }
}

const sourceOf = ({ fields }: DatasetEntry, id: string): FieldEntry | undefined =>
  fields.find((field) => field.id === id)

/** Type a rule gives, and type it needs of its field; `same` = that of its field. */
const RULES: Record<DerivedRule['kind'], { gives: FieldEntry['type'] | 'same'; needs?: FieldEntry['type'] }> = {
  any: { gives: 'boolean' },
  count: { gives: 'integer' },
  sum: { gives: 'integer', needs: 'integer' },
  latest: { gives: 'same' },
  earliest: { gives: 'same' },
  'consecutive-months': { gives: 'boolean', needs: 'month' },
  age: { gives: 'integer', needs: 'date' },
}

function* result(dataset: DatasetEntry, derived: DerivedField, path: EntryFault['path']): Iterable<EntryFault> {
  const { gives, needs } = RULES[derived.rule.kind]
  const source = 'field' in derived.rule ? sourceOf(dataset, derived.rule.field) : undefined
  if (source !== undefined && needs !== undefined && source.type !== needs) {
    yield fault(
      [...path, 'rule', 'field'],
      'derived-type',
      `规则 ${derived.rule.kind} 需要 ${needs} 类型的信息项`,
      `rule \`${derived.rule.kind}\` needs a field of type ${needs}`,
    )
  }
  const type = gives === 'same' ? source?.type : gives
  if (type !== undefined && derived.type !== type) {
    yield fault(
      [...path, 'type'],
      'derived-type',
      `规则 ${derived.rule.kind} 得出的类型是 ${type}`,
      `rule \`${derived.rule.kind}\` gives ${type}`,
    )
  }
}

function* comparison(dataset: DatasetEntry, condition: Condition, path: EntryFault['path']): Iterable<EntryFault> {
  const source = sourceOf(dataset, condition.field)
  if (source === undefined) return
  const fits = (value: Scalar) => (value === null ? source.nullable === true : typeof value === jsonType(source))
  for (const operator of ['equals', 'atLeast', 'atMost'] as const) {
    const value = condition[operator]
    if (value !== undefined && !fits(value)) yield mistyped([...path, operator], source)
  }
  for (const [i, value] of (condition.in ?? []).entries()) if (!fits(value)) yield mistyped([...path, 'in', i], source)
}

const jsonType = ({ type }: FieldEntry): string =>
  type === 'integer' ? 'number' : type === 'boolean' ? 'boolean' : 'string'

const mistyped = (path: EntryFault['path'], source: FieldEntry): EntryFault =>
  fault(
    path,
    'condition-type',
    `与 ${source.type} 类型的信息项 ${source.id} 无法比较`,
    `cannot be compared with field \`${source.id}\` of type ${source.type}`,
  )
