import { prefillText } from '../../gateway/cli/exchange/prefill-text.ts'
import { indent } from '../../gateway/cli/layout/table.ts'
import { HUSBAND } from '../population/cast.ts'
import { ENROLMENT_FORM, NEW_HOME_FORM } from '../samples/prefill-samples.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

/** Forms that fill themselves: an item, an unrelated person, a 情形, a 核验单. */
export const PREFILL_STEPS: readonly Step[] = [
  {
    zh: '表单预填：入学申请表自动填好，户口簿和房产证免提交；孩子的信息只显示掩码或“已核验”',
    en: 'the enrolment form fills itself; papers government holds are not needed',
    async run({ client, voice }) {
      const answer = await client('rc-enrolment').prefill(ENROLMENT_FORM)
      voice.say(indent(prefillText(answer, voice.terminal), '   ').trimStart())
      must(answer.materials?.some(({ state }) => state === 'not-needed') === true, 'no material is dispensed with')
      const ref = answer.materials?.find(({ materialRef }) => materialRef !== undefined)?.materialRef
      const { page, index } = await client('rc-enrolment').material(ref!)
      must(page.includes('核验单'), 'no verification sheet')
      voice.say(`✓ 核验单已出具，日志第 ${index} 号`, 'the sheet the reviewer files')
    },
  },
  {
    zh: '证照副本：实时取得、带水印、限本办件；持件人凭核验码在公开页查验，查不到任何个人信息',
    en: 'a certificate copy, read now and watermarked; anybody checks its code, and learns nothing personal',
    async run({ client, voice }) {
      const { materials = [] } = await client('rc-land').prefill(NEW_HOME_FORM)
      const ref = materials.find(({ code }) => code === 'M015')?.materialRef
      const { page } = await client('rc-land').material(ref!)
      const code = /<span class="code">([0-9A-Z-]+)</.exec(page.toString())?.[1] ?? ''
      must(page.includes('电子证照副本') && page.includes('仅限本次办件使用'), 'no watermarked copy')
      const told = await (await client('rc-land').get(`/log/sheets?code=${code}`)).text()
      must(told.includes('确由本网关出具'), 'the public page does not know the paper')
      must(!told.includes(HUSBAND.id) && !told.includes(HUSBAND.name), 'the public page says too much')
      voice.say(`✓ 核验码 ${code}：公开页答“确由本网关出具”，不含个人信息`, 'anybody may check the code')
    },
  },
  {
    zh: '冒称监护人：关系由数据核对，不相关、未授权、查无此人的答复一模一样',
    en: 'somebody who is not the guardian: unrelated, ungranted and unknown read the same',
    async run({ client, voice }) {
      const guardian = { type: 'person' as const, idType: 'resident-id' as const, ...HUSBAND }
      const subjects = { ...ENROLMENT_FORM.subjects, guardian }
      const answer = await client('rc-enrolment').prefill({ ...ENROLMENT_FORM, subjects })
      const theirs = answer.fields?.filter(({ role }) => role === 'guardian') ?? []
      must(
        theirs.every(({ source }) => source?.kind !== 'data'),
        'data of an unrelated person was released',
      )
      voice.say('✓ 监护人各项均由申请人填写；该次交换已记为拒绝', 'left to the applicant, recorded as refused')
    },
  },
  {
    zh: '情形改变材料：付款方式不同，所需材料不同',
    en: 'a situation changes the materials',
    async run({ client, voice }) {
      const states = async (pay: string): Promise<string> => {
        const answer = await client('rc-land').prefill({ ...NEW_HOME_FORM, answers: { pay, agency: 'n' } })
        const listed = answer.materials?.filter(({ state }) => state !== 'not-applicable') ?? []
        return listed.map(({ name, state }) => `${name}${state === 'not-needed' ? '（免提交）' : ''}`).join('、')
      }
      voice.say(`一次性付款：${await states('once')}`)
      voice.say(`公积金贷款：${await states('fund')}`)
    },
  },
]
