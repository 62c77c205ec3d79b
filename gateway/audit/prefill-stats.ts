import type { Catalog } from '../catalog/types.ts'
import { addCounts, type FormCounts, NO_COUNTS, type PrefillRates, ratesOf, share } from '../prefill/rates.ts'

export const PREFILL_DIMENSIONS = ['department', 'item', 'month', 'stage'] as const
export type PrefillDimension = (typeof PREFILL_DIMENSIONS)[number]

export interface PrefillQuestion {
  by: PrefillDimension
  /** `YYYYMM`, in China time, both included. */
  fromMonth: string
  toMonth: string
  /** Department whose grants decided; also the provider whose quality is told. */
  member?: string
  /** Quality is a source's and not an item's: it is left out of what is asked about one item. */
  item?: string
}

/** Forms of one kind, as the store counts them. `key` is a member, an item, a month `YYYYMM` or a scenario (for `stage`). */
export interface CountedForms {
  key: string
  /** '' where the record is older than the distinction. */
  state: 'complete' | 'skeleton' | ''
  basis: 'sample' | 'official' | ''
  forms: number
  counts: FormCounts
}

export interface QualityCounts {
  provider: string
  dataset: string
  answers: number
  broken: number
  rows: number
  rowsFailed: number
  values: number
  valuesFailed: number
}

export interface PrefillStats {
  /** Errors: `record.unavailable`. */
  read(question: PrefillQuestion): Promise<{
    countedBelow: string
    uncounted: number
    forms: CountedForms[]
    quality: QualityCounts[]
  }>
  close(): Promise<void>
}

export interface PrefillLine extends FormCounts, PrefillRates {
  key: string
  name: string
  /** Forms filled. */
  forms: number
  /** Of these, on forms that are a sample of ours and not the authority's. */
  sampleForms: number
  /** True where any is: the rates then speak of samples. */
  sample: boolean
}

export interface QualityLine extends QualityCounts {
  providerName: string
  datasetName: string
  /** 数据质检合格率 = values passing all rules ÷ values checked (R133); `null` where none was. */
  passRate: number | null
}

export interface PrefillReport {
  by: PrefillDimension
  from: string
  to: string
  member: string | null
  item: string | null
  /** Everything below this index is counted. */
  countedBelow: string
  /** Records after that: the rates do not speak of them yet. The worker counts them, and every reader some. */
  uncounted: number
  rows: PrefillLine[]
  total: PrefillLine
  /** Forms filled that no rate counts: skeletons, and those recorded before a record said which they are. */
  leftOut: { skeleton: number; unstated: number }
  quality: QualityLine[]
}

/** No agent of the item's department asked, so nobody's grants decided. */
export const NO_DEPARTMENT = '（未受托 no department）'

/** Turns counts into rates over complete forms, with the names people read. */
export function prefillReport(
  question: PrefillQuestion,
  { countedBelow, uncounted, forms, quality }: Awaited<ReturnType<PrefillStats['read']>>,
  catalog: Catalog,
): PrefillReport {
  const { by, fromMonth, toMonth, member = null, item = null } = question
  const complete = forms.filter(({ state }) => state === 'complete')
  const groups = new Map<string, CountedForms[]>()
  for (const each of complete) {
    const key = by === 'stage' ? stageOf(each.key) : each.key
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  const left = (state: CountedForms['state']): number =>
    forms.filter((each) => each.state === state).reduce((sum, each) => sum + each.forms, 0)
  return {
    by,
    from: fromMonth,
    to: toMonth,
    member,
    item,
    countedBelow,
    uncounted,
    rows: [...groups.keys()].toSorted(inOrder).map((key) => lineOf(key, nameOf(by, key, catalog), groups.get(key)!)),
    total: lineOf('', '合计 total', complete),
    leftOut: { skeleton: left('skeleton'), unstated: left('') },
    quality: quality.map((each) => ({
      ...each,
      providerName: catalog.members.get(each.provider)?.name ?? each.provider,
      datasetName: catalog.datasets.get(each.dataset)?.name ?? each.dataset,
      passRate: share(each.values - each.valuesFailed, each.values),
    })),
  }
}

function lineOf(key: string, name: string, forms: readonly CountedForms[]): PrefillLine {
  const counts = forms.length === 0 ? NO_COUNTS : addCounts(forms.map((each) => each.counts))
  const filled = (of: readonly CountedForms[]): number => of.reduce((sum, each) => sum + each.forms, 0)
  const sampleForms = filled(forms.filter(({ basis }) => basis !== 'official'))
  return { key, name, forms: filled(forms), sampleForms, sample: sampleForms > 0, ...counts, ...ratesOf(counts) }
}

/** `P2` of scenario `P2.1`. */
const stageOf = (scenario: string): string => scenario.split('.')[0]!

/** P2 before P11. */
const { compare: inOrder } = new Intl.Collator('en', { numeric: true })

function nameOf(by: PrefillDimension, key: string, catalog: Catalog): string {
  if (by === 'month') return `${key.slice(0, 4)}年${Number(key.slice(4))}月`
  if (by === 'item') return catalog.items.get(key)?.name ?? key
  if (by === 'department') return key === '' ? NO_DEPARTMENT : (catalog.members.get(key)?.name ?? key)
  const scenario = [...catalog.scenarios.values()].find(({ id }) => stageOf(id) === key)
  return scenario?.stage.name ?? key
}
