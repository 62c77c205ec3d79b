import { randomBytes } from 'node:crypto'
import { HUSBAND, OPERATORS, WIFE } from '../population/cast.ts'
import { NEW_HOME_FORM } from '../samples/prefill-samples.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

const DAY_MS = 86_400_000
const FUND_FORM = {
  ...NEW_HOME_FORM,
  item: 'rongcheng-p-067-1',
  purpose: '购房提取住房公积金核验',
  operator: { ...OPERATORS.land },
}
const husband = { type: 'person', idType: 'resident-id', ...HUSBAND } as const

const chinaDay = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')

/** Where people are the source: what applicants declared. */
export const PEOPLE_STEPS: readonly Step[] = [
  {
    zh: '最多报一次：购房网签时填的联系电话，核实留存后，提取公积金的表单自动带出，并注明谁在何时核实',
    en: 'reported once: what one department verified fills the form of another, with whose word it is',
    async run({ client, voice }) {
      const phoneOf = async (system: string, form: typeof NEW_HOME_FORM) =>
        (await client(system).prefill(form)).fields?.find(({ id }) => id === 'phone')
      const subjects = { subject: husband, spouse: { type: 'person', idType: 'resident-id', ...WIFE } } as const
      const first = await phoneOf('rc-land', NEW_HOME_FORM)
      must(first?.empty === 'not-found' || first?.source?.declared !== undefined, 'no register knows the phone number')
      voice.say(
        first.empty === undefined ? '网签表：联系电话已有上次演示的申报' : '网签表：联系电话（请申请人填写）',
        'the first form leaves it to the applicant',
      )
      const { declarationId, exchangeId } = await client('rc-land').declare({
        declarationId: `demo-${randomBytes(6).toString('hex')}`,
        scenario: 'P5.1',
        item: 'rongcheng-p-055',
        case: NEW_HOME_FORM.case!,
        purpose: '新建商品房网签备案',
        operator: { ...OPERATORS.land },
        subject: husband,
        dataset: 'declared-contact',
        values: { phone: '13900000001' },
        verification: {
          method: 'contact',
          at: new Date(Date.now() - 60_000).toISOString(),
          validUntil: chinaDay(Date.now() + 365 * DAY_MS),
        },
      })
      voice.say(`✓ 自然资源和规划局回拨核实，申报留存 ${declarationId}`, 'verified and declared')
      const second = await phoneOf('rc-fund', { ...FUND_FORM, subjects })
      must(second?.value === '13900000001' && second.editable, 'the second form is filled')
      const { declared } = second.source ?? {}
      must(declared?.by === 'rc-zrzyj' && declared.exchange === exchangeId, 'it says whose word it is')
      voice.say(
        `公积金提取表：联系电话 ${second.value}（${declared.by} ${declared.verifiedAt.slice(0, 10)} 核实，有效至 ${declared.validUntil}）`,
        'filled, with provenance',
      )
    },
  },
]
