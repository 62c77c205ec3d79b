import type { FormEntry } from '../../gateway/catalog/further-types.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import type { PrefillAsk } from '../../gateway/client/prefill.ts'
import type { Subject } from '../../gateway/exchange.ts'
import { purposeOf } from '../grants/of-forms.ts'
import { OPERATORS } from '../population/cast.ts'
import { FITTING_BUNDLES } from './fitting-bundles.ts'
import { FITTING_ORGANISATIONS } from './fitting-organisations.ts'
import { FITTING_PEOPLE } from './fitting-people.ts'

/** Who fits one form or bundle of the catalogue. */
export interface Fitting {
  /** By role. */
  subjects: Record<string, Subject>
  /**
   * 情形 answered by the applicant otherwise than by the first option, by question or `item:question`; what data settle is
   * not asked.
   */
  answers?: Record<string, string>
  /** Form fields of which the sources rightly have nothing for these subjects, with why. All others with a source are filled. */
  without?: Record<string, string>
}

/** By item without its list's prefix: one for every complete form. */
export const FITTING: Readonly<Record<string, Fitting>> = { ...FITTING_ORGANISATIONS, ...FITTING_PEOPLE }

/** The approval platform asks, for the department whose item it is (R130). */
export const FITTING_SYSTEM = 'rc-approval'
const ITS_MEMBER = 'rc-spj'

export const completeForms = (catalog: Catalog): FormEntry[] =>
  [...catalog.forms.values()].filter(({ state }) => state === 'complete')

/** The prefill of a complete form for whom it fits. Errors: throws for a form nobody is named for. */
export function fittingAsk(catalog: Catalog, form: FormEntry): PrefillAsk {
  const fitting = FITTING[shortOf(form.item)]
  if (fitting === undefined) throw new Error(`nobody fits the form of ${form.item}`)
  const item = catalog.items.get(form.item)!
  const department = item.lead[0]!
  return {
    ...COMMON,
    item: item.id,
    purpose: purposeOf(item),
    subjects: fitting.subjects,
    answers: Object.fromEntries(answersOf(form, fitting)),
    ...(department !== ITS_MEMBER && { onBehalfOf: department }),
  }
}

/** The prefill of a bundle for whom it fits; its forms may ask differently under one name. */
export function fittingBundleAsk(catalog: Catalog, id: string): PrefillAsk {
  const bundle = catalog.bundles.get(id)!
  const fitting = FITTING_BUNDLES[id]!
  const forms = completeForms(catalog).filter(({ item }) => bundle.items.some((each) => each.item === item))
  const answers = forms.flatMap((form) =>
    answersOf(form, fitting).map(([question, option]) => [`${form.item}:${question}`, option]),
  )
  return {
    ...COMMON,
    bundle: id,
    purpose: purposeOf(bundle),
    subjects: fitting.subjects,
    answers: Object.fromEntries(answers),
  }
}

/** Before there is a case. */
const COMMON = { application: 'SPPT-20261120-0901', operator: { ...OPERATORS.approval } }
const shortOf = (item: string): string => item.slice(item.indexOf('-') + 1)

function answersOf({ item, questions }: FormEntry, { answers = {} }: Fitting): [question: string, option: string][] {
  return questions.flatMap(({ id, options, answeredBy }): [string, string][] => {
    const told = [answers[`${shortOf(item)}:${id}`], answers[id]].find((each) =>
      options.some(({ value }) => value === each),
    )
    const option = told ?? (answeredBy === undefined ? options[0]!.value : undefined)
    return option === undefined ? [] : [[id, option]]
  })
}
