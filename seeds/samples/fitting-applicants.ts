import type { BundleEntry, FormEntry } from '../../gateway/catalog/further-types.ts'
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
  /** 情形 answered by the applicant otherwise than by the first option; a fact the data settles is not asked. */
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
  ([...catalog.forms.values()] as unknown as FormEntry[]).filter(({ state }) => state === 'complete')

/** The prefill of a complete form for whom it fits. Errors: throws for a form nobody is named for. */
export function fittingAsk(catalog: Catalog, form: FormEntry): PrefillAsk {
  const fitting = FITTING[form.item.slice(form.item.indexOf('-') + 1)]
  if (fitting === undefined) throw new Error(`nobody fits the form of ${form.item}`)
  const item = catalog.items.get(form.item)!
  const department = item.lead[0]!
  return {
    ...asked(fitting, [form]),
    item: item.id,
    purpose: purposeOf(item),
    ...(department !== ITS_MEMBER && { onBehalfOf: department }),
  }
}

/** The prefill of a bundle for whom it fits. */
export function fittingBundleAsk(catalog: Catalog, id: string): PrefillAsk {
  const bundle = catalog.bundles.get(id) as unknown as BundleEntry
  const forms = completeForms(catalog).filter(({ item }) => bundle.items.some((each) => each.item === item))
  return { ...asked(FITTING_BUNDLES[id]!, forms), bundle: id, purpose: purposeOf(bundle) }
}

function asked({ subjects, answers }: Fitting, forms: readonly FormEntry[]): Omit<PrefillAsk, 'purpose'> {
  const own = forms.flatMap(({ questions }) => questions.filter(({ answeredBy }) => answeredBy === undefined))
  const first = Object.fromEntries(own.map(({ id, options }) => [id, options[0]!.value]))
  return {
    // Forms are filled before there is a case.
    application: 'SPPT-20261120-0901',
    operator: { ...OPERATORS.approval },
    subjects,
    answers: { ...first, ...answers },
  }
}
