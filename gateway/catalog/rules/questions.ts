import { type EntryFault, fault } from '../fault.ts'
import type { FormQuestion } from '../further-types.ts'
import { fieldMustExist, type RuleContext, repeated } from './context.ts'

/** A question's options differ, and what data answers it leads to one of them. */
export function* question(
  { id, options, answeredBy, answers }: FormQuestion,
  path: EntryFault['path'],
  context: RuleContext,
): Iterable<EntryFault> {
  yield* repeated(
    options.map(({ value }) => value),
    (j) => [...path, 'options', j, 'value'],
  )
  if (answeredBy !== undefined) yield* fieldMustExist(context, answeredBy, [...path, 'answeredBy'])
  if (answers !== undefined && answeredBy === undefined) {
    yield fault([...path, 'answeredBy'], 'question', '须写明由哪个信息项回答', 'the field that answers is not named')
  }
  for (const [i, { value, otherwise }] of (answers ?? []).entries()) {
    if (!options.some((option) => option.value === value)) {
      yield fault(
        [...path, 'answers', i, 'value'],
        'question',
        `问题 ${id} 没有选项 ${value}`,
        `question \`${id}\` has no option \`${value}\``,
      )
    }
    if (otherwise === true && i < answers!.length - 1) {
      yield fault([...path, 'answers', i, 'otherwise'], 'question', '“其余情况”须列在最后', '`otherwise` comes last')
    }
  }
}
