import type { FormEntry } from '../../gateway/catalog/further-types.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { columns } from '../../gateway/cli/layout/table.ts'
import { type GuanyiClient, GuanyiProblem } from '../../gateway/client/index.ts'
import type { PrefillAnswer, PrefillAsk } from '../../gateway/client/prefill.ts'
import { addCounts, countForm, type FormCounts, type PrefillRates, ratesOf } from '../../gateway/prefill/rates.ts'
import { completeForms, fittingAsk } from './fitting-applicants.ts'

export interface WalkedForm {
  form: FormEntry
  answer: PrefillAnswer
}

/** Prefills every complete form for whom it fits, four at a time, as a few windows of a hall would. */
export async function walkEveryForm(catalog: Catalog, client: GuanyiClient): Promise<WalkedForm[]> {
  const walked: WalkedForm[] = []
  const left = completeForms(catalog).entries()
  const window = async (): Promise<void> => {
    for (const [place, form] of left)
      walked[place] = { form, answer: await prefillPatiently(client, fittingAsk(catalog, form)) }
  }
  await Promise.all([window(), window(), window(), window()])
  return walked
}

const MOST_TRIES = 4

/** Asks again where the gateway says it may work later, or a source did not come in time: a busy machine is slow for once. */
export async function prefillPatiently(client: GuanyiClient, ask: PrefillAsk, tries = 1): Promise<PrefillAnswer> {
  try {
    const answer = await client.prefill(ask)
    const fields = (answer.forms ?? [answer]).flatMap((form) => form.fields ?? [])
    const late = fields.some(({ empty }) => empty === 'unavailable')
    const failed = answer.exchanges.some(({ outcome }) => outcome === 'failed')
    return (late || failed) && tries < MOST_TRIES ? await prefillPatiently(client, ask, tries + 1) : answer
  } catch (thrown) {
    if (tries === MOST_TRIES || !(thrown instanceof GuanyiProblem) || !thrown.problem.retry) throw thrown
    return await prefillPatiently(client, ask, tries + 1)
  }
}

/** One of the seventeen stages of people's and organisations' lives, with what of its forms need not be written or handed in. */
export interface StageRates extends PrefillRates {
  stage: string
  forms: number
  counts: FormCounts
}

export function ratesPerStage(catalog: Catalog, walked: readonly WalkedForm[]): StageRates[] {
  const stages = new Map<string, { order: string; counts: FormCounts[] }>()
  for (const { form, answer } of walked) {
    const { audience, stage } = catalog.scenarios.get(catalog.items.get(form.item)!.scenario!)!
    const name = `${audience === 'person' ? '个人' : '企业'} ${stage!.name}`
    // People's stages first, as the two plans have them.
    const order = `${audience === 'person' ? 0 : 1} ${String(stage!.no).padStart(2, '0')}`
    const known = stages.get(name) ?? { order, counts: [] }
    stages.set(name, known)
    known.counts.push(countForm({ fields: answer.fields!, materials: answer.materials! }))
  }
  return [...stages]
    .toSorted(([, a], [, b]) => (a.order < b.order ? -1 : 1))
    .map(([stage, { counts }]) => stageRates(stage, counts))
}

function stageRates(stage: string, all: readonly FormCounts[]): StageRates {
  const counts = addCounts(all)
  return { stage, forms: all.length, counts, ...ratesOf(counts) }
}

/** As lines of a terminal, the sum last. */
export function ratesTable(stages: readonly StageRates[]): string[] {
  const counts = addCounts(stages.map((each) => each.counts))
  const forms = stages.reduce((sum, each) => sum + each.forms, 0)
  return columns([
    ['阶段', '表单', '表单字段共享率', '电子证照替代率', '免提交率'],
    ...[...stages, { stage: '合计', forms, counts, ...ratesOf(counts) }].map((each) => [
      each.stage,
      String(each.forms).padStart(4),
      withParts(each.fieldSharing, each.counts.filled, each.counts.fields),
      withParts(each.certificateSubstitution, each.counts.byCertificate, each.counts.certificates),
      withParts(
        each.noSubmission,
        each.counts.notNeeded - each.counts.abolished,
        each.counts.materials - each.counts.abolished,
      ),
    ]),
  ])
}

const withParts = (rate: number | null, part: number, whole: number): string =>
  rate === null ? '—' : `${(rate * 100).toFixed(1).padStart(5)}% ${`${part}/${whole}`.padStart(8)}`
