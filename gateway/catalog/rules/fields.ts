import type { EntryFault } from '../fault.ts'
import { fault } from '../fault.ts'
import { parseFieldName } from '../field-ref.ts'
import type { DatasetEntry, FieldEntry } from '../types.ts'
import { fieldMustExist, mustExist, type Rule, type RuleContext, repeated } from './context.ts'

/** The directory's rules on source and derived fields alike (R52, R94, R98, R136). */
export const fieldRule: Rule<'datasets'> = function* (dataset, context) {
  yield* repeated(
    [...dataset.fields, ...dataset.derived].map(({ id }) => id),
    (i) => (i < dataset.fields.length ? ['fields', i, 'id'] : ['derived', i - dataset.fields.length, 'id']),
  )
  for (const [i, field] of dataset.fields.entries()) {
    yield* masking(field, ['fields', i])
    yield* typing(field, ['fields', i], context)
    yield* copying(dataset, field, ['fields', i], context)
  }
  for (const [i, field] of dataset.derived.entries()) yield* masking(field, ['derived', i])
}

type Masked = Pick<FieldEntry, 'sensitive' | 'mask' | 'type'>

function* masking(field: Masked, path: EntryFault['path']): Iterable<EntryFault> {
  if (field.sensitive && field.mask === 'none') {
    // R98, R136: what nobody decided to show is hidden; a grant with its second approver can lift the mask
    yield fault(
      [...path, 'mask'],
      'sensitive-mask',
      '敏感信息项须有脱敏规则；确需明文的由授权放开',
      'a sensitive field needs a mask rule; a grant can lift it',
    )
  }
  if (field.type !== 'string' && field.mask !== 'none' && field.mask !== 'full') {
    yield fault(
      [...path, 'mask'],
      'mask-type',
      `脱敏规则 ${field.mask} 只用于文本`,
      `mask rule \`${field.mask}\` is for text only`,
    )
  }
}

function* typing(field: FieldEntry, path: EntryFault['path'], context: RuleContext): Iterable<EntryFault> {
  if (field.codeList !== undefined) {
    yield* mustExist(context, 'code-lists', field.codeList, [...path, 'codeList'])
    if (field.type !== 'string')
      yield fault([...path, 'type'], 'code-list-type', '代码项的类型应为 string', 'a coded field is a string')
  }
  if (field.type === 'string' && field.maxLength === undefined && field.codeList === undefined) {
    yield fault(
      [...path, 'maxLength'],
      'length',
      '文本项须有最大长度或者代码表',
      'a text field needs a greatest length or a code list',
    )
  }
  if (field.identifier !== undefined && field.type !== 'string') {
    // R115
    yield fault([...path, 'type'], 'identifier-type', '标识一律为 string', 'identifiers are strings')
  }
}

/** A declared copy names the source body's field, of another dataset, and carries the same data element. */
function* copying(
  dataset: DatasetEntry,
  field: FieldEntry,
  path: EntryFault['path'],
  context: RuleContext,
): Iterable<EntryFault> {
  if (field.copyOf === undefined) return
  yield* fieldMustExist(context, field.copyOf, [...path, 'copyOf'])
  const source = parseFieldName(field.copyOf)
  const original = context.get('datasets', source?.dataset ?? '')?.fields.find(({ id }) => id === source?.field)
  if (source?.dataset === dataset.id || (original !== undefined && original.element !== field.element)) {
    yield fault(
      [...path, 'copyOf'],
      'source-body',
      '副本须指向另一数据资源的同一数据元',
      'a copy names the same data element of another dataset',
    )
  }
}
