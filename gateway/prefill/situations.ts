import { parseFieldName } from '../catalog/field-ref.ts'
import type { FormEntry, FormQuestion, QuestionAnswer, When } from '../catalog/further-types.ts'
import type { Scalar } from '../catalog/types.ts'
import { type Reading, valuesOf } from './reading.ts'
import type { Situation } from './types.ts'

export interface Situations {
  list: Situation[]
  /** Whether what hangs on these answers applies. */
  applies(when: readonly When[] | undefined): 'yes' | 'no' | 'open'
}

/** Settles a form's 情形, in their order: from data where it answers, else from what the applicant said. */
export function settleSituations(
  form: FormEntry,
  given: Readonly<Record<string, string>>,
  read: (name: string) => Reading,
): Situations {
  const settled = new Map<string, Situation>()
  const applies: Situations['applies'] = (when) => {
    const parts = (when ?? []).map(({ question, is }) => {
      const answer = settled.get(question)
      if (answer === undefined || answer.state === 'open') return 'open'
      return answer.state === 'settled' && is.includes(answer.value!) ? 'yes' : 'no'
    })
    return parts.includes('no') ? 'no' : parts.includes('open') ? 'open' : 'yes'
  }
  for (const question of form.questions) settled.set(question.id, settle(question, applies(question.when)))
  return { list: [...settled.values()], applies }

  function settle(question: FormQuestion, asked: 'yes' | 'no' | 'open'): Situation {
    const { id, text, options } = question
    if (asked === 'no') return { id, text, state: 'not-applicable' }
    const fromData = question.answeredBy === undefined ? undefined : read(question.answeredBy)
    const value = fromData?.ok ? chosen(question.answers ?? [], valuesOf(fromData)) : undefined
    if (value !== undefined && fromData?.ok)
      return { id, text, state: 'settled', value, by: 'data', dataset: parseFieldName(question.answeredBy!)!.dataset }
    const said = Object.hasOwn(given, id) ? given[id] : undefined
    if (said !== undefined && options.some((option) => option.value === said))
      return { id, text, state: 'settled', value: said, by: 'applicant' }
    return { id, text, state: 'open', options }
  }
}

function chosen(answers: readonly QuestionAnswer[], values: readonly Scalar[]): string | undefined {
  if (values.length === 0) return undefined
  return answers.find((answer) => values.some((value) => fits(answer, value)))?.value
}

function fits(answer: QuestionAnswer, value: Scalar): boolean {
  if (answer.otherwise) return true
  if (answer.equals !== undefined && value !== answer.equals) return false
  if (answer.in !== undefined && !answer.in.includes(value)) return false
  if (answer.startsWith !== undefined && !String(value).startsWith(answer.startsWith)) return false
  if (answer.atLeast !== undefined && !notBelow(value, answer.atLeast)) return false
  return answer.atMost === undefined || notBelow(answer.atMost, value)
}

function notBelow(value: Scalar, bound: Scalar): boolean {
  if (typeof value === 'number' && typeof bound === 'number') return value >= bound
  return typeof value === 'string' && typeof bound === 'string' && value >= bound
}
