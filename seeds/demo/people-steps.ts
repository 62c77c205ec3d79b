import { randomBytes } from 'node:crypto'
import { runCli } from '../../gateway/cli/run.ts'
import type { PrefillAsk } from '../../gateway/client/index.ts'
import { GATEWAY_ID } from '../installation/installation.ts'
import { ALLOWANCE_RECEIVER, HUSBAND, OPERATORS, WIFE } from '../population/cast.ts'
import { NEW_HOME_FORM } from '../samples/prefill-samples.ts'
import { must } from './demo-failure.ts'
import type { Step, Walk } from './step.ts'

const DAY_MS = 86_400_000
const FUND_FORM = {
  ...NEW_HOME_FORM,
  item: 'rongcheng-p-067-1',
  purpose: '购房提取住房公积金核验',
  operator: { ...OPERATORS.land },
}
const husband = { type: 'person', idType: 'resident-id', ...HUSBAND } as const

const chinaDay = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')

const HOMESTEAD_FORM: PrefillAsk = {
  item: 'rongcheng-p-064',
  case: NEW_HOME_FORM.case!,
  purpose: '农村村民住宅用地审核',
  operator: { ...OPERATORS.land },
  subjects: { subject: { type: 'person', idType: 'resident-id', ...ALLOWANCE_RECEIVER } },
  answers: { reason: 'divide', member: 'n' },
}

/** Runs `guanyi task …` as the clerk, as they would in a terminal. */
async function asClerk({ city, voice }: Walk, ...argv: string[]): Promise<Record<string, unknown>> {
  const clerk = city.installation.operators.find(({ role }) => role === 'provider-clerk')!
  const options = ['--url', city.managementUrl, '--gateway-id', GATEWAY_ID, '--operator-key', clerk.keyFile]
  const written = { out: '', err: '' }
  const into = (name: 'out' | 'err') => ({
    isTTY: false,
    write(text: string) {
      written[name] += text
    },
  })
  const [stdout, stderr] = [into('out'), into('err')]
  const words = ['task', ...argv, ...options, '--operator', clerk.id]
  const io = { env: {}, stdout, stderr, stdin: (async function* () {})(), now: Date.now }
  voice.say(`$ guanyi task ${argv.join(' ')}`)
  const code = await runCli([...words, '--json'], io)
  must(code === 0, `exit ${code}: ${written.err}`)
  return JSON.parse(written.out) as Record<string, unknown>
}

/** Where people are the source: what applicants declared, and what clerks are asked. */
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
  {
    zh: '数源是人：村里没有信息系统，提问成为经办人的协查任务，有工作日期限；答复后同样的材料免提交',
    en: 'the source is people: a question becomes a clerk’s task with a due day; once answered the paper is not needed',
    async run(walk) {
      const { client, voice } = walk
      const material = async () =>
        (await client('rc-land').prefill(HOMESTEAD_FORM)).materials?.find(({ code }) => code === 'M205')
      const first = await material()
      must(first !== undefined && first.state !== 'please-submit', 'nobody is asked')
      if (first.state === 'pending') {
        const { id, dueOn } = first.task!
        voice.say(`${first.name}：协查中，${dueOn ?? '期限未定'} 前答复`, 'being asked for, with a due day')
        const again = await material()
        must(again?.task?.id === id, 'asked again, the same task')
        const { tasks } = (await asClerk(walk, 'list', '--state', 'open')) as { tasks: { id: string }[] }
        must(tasks.some((task) => task.id === id) && !JSON.stringify(tasks).includes(ALLOWANCE_RECEIVER.id), 'the list')
        const shown = (await asClerk(walk, 'show', id)) as {
          subject: { name: string }
          fields: { id: string }[]
          recordedAs: string
        }
        must(shown.subject.name === ALLOWANCE_RECEIVER.name, 'the clerk sees whom it is about')
        voice.say(`查看对象即留痕 ${shown.recordedAs}`, 'the look is recorded')
        const answer = [
          'villageName=测试海头村',
          'collectiveMember=true',
          'assemblyApproved=true',
          'assemblyOn=20261101',
        ]
        const asked = new Set(shown.fields.map((field) => field.id))
        const sets = answer.filter((text) => asked.has(text.split('=')[0]!)).flatMap((text) => ['--set', text])
        await asClerk(walk, 'answer', id, ...sets)
      } else voice.say('上次演示的协查答复仍在有效期内', 'the last walk’s answer still holds')
      const last = await material()
      must(last?.state === 'not-needed', 'answered, the paper is not needed')
      voice.say(`✓ ${last.name}：免提交（协查结果，经签名、留痕，与其他数据一样）`, 'not needed any more')
    },
  },
]
