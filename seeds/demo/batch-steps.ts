import { createHash } from 'node:crypto'
import { type BatchAsk, followBatch } from '../../gateway/client/index.ts'
import { OPERATORS } from '../population/cast.ts'
import type { Population } from '../population/types.ts'
import { must } from './demo-failure.ts'
import type { Step } from './step.ts'

/** As many lines as a district's yearly check has pupils. */
export const BATCH_LINES = 10_000

const ASK: BatchAsk = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  purpose: '义务教育入学资格核验',
  operator: { ...OPERATORS.education },
  fields: ['household-registration.address', 'household-registration.householder'],
}

/** A yearly check of many subjects under one signed request. */
export const batchSteps = (lines: number): readonly Step[] => [
  {
    zh: `批量：一次签名请求，${lines} 行逐行判定、逐行留痕；结果密存，确认收到即销毁（Ctrl-C 取消批次）`,
    en: 'a batch: one signed request, every line decided and recorded; results sealed, destroyed once acknowledged',
    async run({ city, client, voice, signal }) {
      const { batches } = client('rc-enrolment')
      const { id } = await batches.start(ASK, subjectsOf(city.population, lines))
      const bar = voice.progress(lines)
      const view = await followBatch(batches, id, { signal, onProgress: ({ done }) => bar.show(done) })
      bar.end()
      if (signal.aborted) voice.say(`批次已取消，办结 ${view.done} 行`, 'the batch was cancelled')
      signal.throwIfAborted()
      must(view.released === lines, `${view.released} of ${lines} released`)

      const results = await batches.results(id)
      const answered = results.split('\n').filter((line) => line !== '')
      must(answered.length === lines, `${answered.length} result lines`)
      const { state } = await batches.acknowledge(id, results)
      must(state === 'destroyed', 'acknowledged results are destroyed')
      const digest = createHash('sha256').update(results).digest('base64url')
      voice.say(
        `✓ ${lines} 行结果已取回并核对摘要 ${digest.slice(0, 12)}…，网关中的副本已销毁并留痕`,
        'fetched, acknowledged, destroyed with a record',
      )
    },
  },
]

/** Every citizen in turn, each with a case number of their own. */
function subjectsOf({ people }: Population, count: number): string {
  const ids = [...people.keys()]
  return Array.from({ length: count }, (_none, at) => {
    const subject = { type: 'person', idType: 'resident-id', id: ids[at % ids.length]! }
    const number = String(at + 1).padStart(6, '0')
    return `${JSON.stringify({ line: at + 1, subject, case: `11371082PDY003018B3370705001002026112${number}` })}\n`
  }).join('')
}
