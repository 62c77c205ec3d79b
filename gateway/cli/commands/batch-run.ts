import { type BatchAsk, followBatch } from '../../client/batches.ts'
import { createClient } from '../../client/client.ts'
import type { Command, Context, Input, Outcome } from '../command.ts'
import { CLIENT_OPTIONS, prepareAsk } from '../exchange/ask.ts'
import { EXIT, EXIT_INTERRUPTED } from '../exit.ts'
import { readArgument, writeResult } from '../files.ts'
import { createProgressBar } from '../layout/progress.ts'
import { createTerminal } from '../terminal.ts'

const { demo: _demo, ...OPTIONS } = CLIENT_OPTIONS

/** A whole batch from the command line, as a department without a program of its own would run its yearly check. */
export const batchRun: Command = {
  name: 'batch run',
  zh: '提交一个批次，显示进度，取回结果；按 Ctrl-C 即取消',
  en: 'submit a batch, follow it, fetch its results; Ctrl-C cancels it',
  positionals: ['<请求 request.json|->'],
  options: {
    ...OPTIONS,
    subjects: { value: '文件 file', required: true, zh: '主体清单（NDJSON，每行一个）', en: 'subjects, NDJSON' },
    results: { value: '文件 file', required: true, zh: '结果写到哪里（0600）', en: 'where the results go (0600)' },
    keep: {
      zh: '不确认收到：网关中的副本留到到期',
      en: 'do not acknowledge: the gateway keeps its copy until it expires',
    },
  },
  ownsSignals: true,
  notes: [
    {
      zh: '请求文件是批次的成员（scenario、purpose、fields …），行数与摘要由本命令计算。主体清单每行形如 {"line":1,"subject":{…}}。',
      en: 'The request file holds the members of a batch (scenario, purpose, fields …); count and digest are computed. A line of subjects is {"line":1,"subject":{…}}.',
    },
    {
      zh: '结果存妥后即确认，网关随后销毁副本并留痕。取消的批次退出码为 130，已办结的行仍已取回。',
      en: 'Once the results are stored they are acknowledged and destroyed at the gateway. A cancelled batch exits with 130; lines that were finished are fetched all the same.',
    },
  ],
  examples: ['guanyi batch run yearly.json --subjects people.ndjson --results results.ndjson'],
  run,
}

async function run(input: Input, context: Context): Promise<Outcome | typeof EXIT_INTERRUPTED> {
  const { io, note, terminal } = context
  const { client, ask } = await prepareAsk<BatchAsk>('query', input, context)
  const subjects = await readArgument(input.text('subjects')!, io)
  const resultsFile = input.text('results')!
  const { batches } = createClient({ ...client, language: terminal.lang, now: io.now })

  const { id, count } = await batches.start(ask, subjects)
  note({ zh: `批次 ${id}，${count} 行`, en: `batch ${id}, ${count} lines` })
  // On stderr: stdout has the result and nothing else.
  const bar = createProgressBar({
    total: count,
    output: io.stderr,
    say: createTerminal(terminal.lang, false).say,
    now: () => performance.now(),
  })
  const view = await followBatch(batches, id, { signal: io.interrupted, onProgress: ({ done }) => bar.show(done) })
  bar.end()
  const results = await batches.results(id)
  await writeResult(resultsFile, results)
  if (!input.flag('keep')) await batches.acknowledge(id, results)
  const { released, refused, failed } = view
  note({
    zh: `放行 ${released}，拒绝 ${refused}，失败 ${failed}；结果已存到 ${resultsFile}`,
    en: `${released} released, ${refused} refused, ${failed} failed; results in ${resultsFile}`,
  })
  if (view.done < count) {
    note({ zh: `已取消，办结 ${view.done}/${count} 行`, en: `cancelled after ${view.done} of ${count} lines` })
    return EXIT_INTERRUPTED
  }
  return { exit: released === count ? EXIT.done : EXIT.refused, json: view, text: () => id }
}
