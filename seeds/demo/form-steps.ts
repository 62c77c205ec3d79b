import type { Catalog } from '../../gateway/catalog/types.ts'
import type { GuanyiClient } from '../../gateway/client/index.ts'
import type { PrefillAnswer } from '../../gateway/client/prefill.ts'
import { prefillPatiently, ratesPerStage, ratesTable, walkEveryForm } from '../samples/every-form.ts'
import { FITTING_SYSTEM, fittingBundleAsk } from '../samples/fitting-applicants.ts'
import { bundleText, materialsOf } from './bundle-text.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

/** A bundle, and one answer of its applicant that is given otherwise. */
const SHOWN = [
  { bundle: 'company-setup', item: 'rongcheng-e-001-1', question: 'site', instead: 'own' },
  { bundle: 'birth', item: 'rongcheng-p-001', question: 'place', instead: 'outside' },
  { bundle: 'retirement', item: 'rongcheng-p-102', question: 'agency', instead: 'y' },
] as const
type Shown = (typeof SHOWN)[number]

/** The three bundles as forms, then every complete form of the catalogue. */
export const FORM_STEPS: readonly Step[] = [
  ...SHOWN.map(
    (shown): Step => ({
      zh: `一件事：${{ 'company-setup': '企业开办', birth: '出生', retirement: '退休' }[shown.bundle]}，多张表合为一张`,
      en: `a bundle as one form: ${shown.bundle}`,
      async run({ city, client, voice }) {
        const { catalog } = city.installation
        const platform = client(FITTING_SYSTEM)
        const answer = await prefillPatiently(platform, fittingBundleAsk(catalog, shown.bundle))
        must(
          (answer.merged?.length ?? 0) > 0 && answer.exchanges.every(({ outcome }) => outcome === 'released'),
          'not filled',
        )
        for (const line of bundleText(answer, catalog)) voice.say(line)
        voice.say(await otherwise(platform, catalog, shown, answer))
        voice.say(await sheetOf(platform, answer))
      },
    }),
  ),
  {
    zh: '全部完整表单各由一名合适的合成申请人预填，按人生和企业十七个阶段统计',
    en: 'every complete form filled for a fitting synthetic applicant, rates per stage',
    async run({ city, client, voice }) {
      const { catalog } = city.installation
      const startedAt = performance.now()
      const walked = await walkEveryForm(catalog, client(FITTING_SYSTEM))
      must(
        walked.every(({ answer }) => answer.exchanges.every(({ outcome }) => outcome === 'released')),
        'an exchange was refused',
      )
      for (const line of ratesTable(ratesPerStage(catalog, walked))) voice.say(line)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      voice.say(`✓ ${walked.length} 张表单，${seconds} s；表单均为样例`, 'all sample forms')
    },
  },
]

/** What the other answer changes about the materials. */
async function otherwise(
  platform: GuanyiClient,
  catalog: Catalog,
  { bundle, item, question, instead }: Shown,
  before: PrefillAnswer,
): Promise<string> {
  const asked = fittingBundleAsk(catalog, bundle)
  const answers = { ...asked.answers, [`${item}:${question}`]: instead }
  const after = materialsOf(await prefillPatiently(platform, { ...asked, answers }))
  const known = materialsOf(before)
  const added = [...after.keys()].filter((name) => !known.has(name))
  const gone = [...known.keys()].filter((name) => !after.has(name))
  must(added.length + gone.length > 0, 'the other answer changes no material')
  const form = catalog.forms.get(before.forms!.find((each) => each.item === item)!.form)!
  const { text, options } = form.questions.find(({ id }) => id === question)!
  const label = options.find(({ value }) => value === instead)!.label
  const changes = [
    ...(added.length > 0 ? [`增加 ${added.join('、')}`] : []),
    ...(gone.length > 0 ? [`不再需要 ${gone.join('、')}`] : []),
  ]
  return `情形“${text}”改答“${label}”：${changes.join('；')}`
}

/** Fetches one of the sheets the reviewer files, and names it. */
async function sheetOf(platform: GuanyiClient, answer: PrefillAnswer): Promise<string> {
  const all = answer.forms!.flatMap(({ materials }) => materials)
  const { name, materialRef } = all.find((material) => material.materialRef !== undefined)!
  const { page } = await platform.material(materialRef!)
  must(/核验单|电子证照副本/.test(page.toString()), 'no paper behind the reference')
  return `✓ 替代“${name}”的归档页：/v1/materials/${materialRef}（仅限本系统，短时有效）`
}
