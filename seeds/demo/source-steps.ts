import { type Ask, GuanyiProblem } from '../../gateway/client/index.ts'
import { SAMPLES } from '../samples/samples.ts'
import { must } from './demo-failure.ts'
import type { Step, Walk } from './step.ts'

/** A released sample's question about one dataset only, past every cache. */
export function about(dataset: string, sampleName: string): { system: string; ask: Ask } {
  const sample = SAMPLES.find(({ name }) => name === sampleName)
  must(sample !== undefined, `no sample ${sampleName}`)
  const fields = sample.request.fields?.filter((field) => field.startsWith(`${dataset}.`)) ?? []
  const { parties: _parties, keys: _keys, ...rest } = sample.request
  return { system: sample.system, ask: { ...rest, fields, maxAgeSeconds: 0 } }
}

async function show({ client, voice }: Walk, dataset: string, sampleName: string) {
  const { system, ask } = about(dataset, sampleName)
  const asking = client(system)
  const answer = await asking.query(ask)
  await voice.answer(answer, asking)
  must(answer.sources[dataset]?.status === 'ok', `${dataset} is ${answer.sources[dataset]?.status}`)
  return answer
}

/** One question to each kind of source that is neither PostgreSQL nor HTTP with JSON. */
export const SOURCE_STEPS: readonly Step[] = [
  {
    zh: '数源之一：医保在 MariaDB 里',
    en: 'a source in MariaDB',
    async run(walk) {
      const sample = '社会保障：参保明细（一对多）'
      if (walk.city.medicalInsurance) return void (await show(walk, 'medical-insurance', sample))
      // Without a MariaDB the dataset is unavailable and says so; it is not missing and not empty.
      const { system, ask } = about('medical-insurance', sample)
      const problem = await walk
        .client(system)
        .query(ask)
        .then(
          () => 'released',
          (thrown: unknown) => (thrown instanceof GuanyiProblem ? thrown.problem.code : String(thrown)),
        )
      must(problem === 'provider.unreachable', problem)
      walk.voice.say('本机没有 MariaDB：医保数据“不可用”，如实告知', 'no MariaDB here: said to be unavailable')
    },
  },
  {
    zh: '数源之二：教育局的 SOAP 服务（WS-Security 口令摘要）',
    en: 'a SOAP service, with a WS-Security password digest',
    run: async (walk) => void (await show(walk, 'student-record', '入学：学籍与出生信息（敏感）')),
  },
  {
    zh: '数源之三：退役军人局每年投递一次的 CSV（GB18030，清单带行数与 SM3 摘要）',
    en: 'a yearly CSV in a drop folder, GB18030, with count and SM3 digest',
    async run(walk) {
      const { sources } = await show(walk, 'veteran-record', '退役报到')
      walk.voice.say(`数据时点来自清单：${sources['veteran-record']?.asOf}`, 'as of what the manifest says')
    },
  },
  {
    zh: '数源之四：经国家数据共享交换平台查出生医学证明（gjgxjhpt_* 签名，密钥到期前自动更新）',
    en: 'through the national platform; its secret is refreshed before it ends',
    async run(walk) {
      const { national } = walk.city.providers
      const { sources } = await show(walk, 'birth-record', '出生登记')
      const call = sources['birth-record']?.provenance?.[0]?.exchange
      must(
        national.journal.some(({ requestId, code }) => requestId === call && code === '0'),
        'the platform’s journal has the call',
      )
      must(national.refreshes() >= 1, 'the secret was refreshed')
      walk.voice.say(
        `✓ 平台流水号 ${call}，凭它可到平台核对；密钥已更新 ${national.refreshes()} 次`,
        'the call’s number there',
      )
    },
  },
]
