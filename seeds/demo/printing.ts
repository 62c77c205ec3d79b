import { answerText } from '../../gateway/cli/exchange/answer-text.ts'
import { fetchNames } from '../../gateway/cli/exchange/field-names.ts'
import { problemText } from '../../gateway/cli/exchange/problem-text.ts'
import { createProgressBar, type ProgressBar } from '../../gateway/cli/layout/progress.ts'
import { indent } from '../../gateway/cli/layout/table.ts'
import { createTerminal, type Output, type Terminal } from '../../gateway/cli/terminal.ts'
import type { Answer, GuanyiClient } from '../../gateway/client/index.ts'
import type { Problem } from '../../gateway/errors/problem.ts'

/** How the walk-through speaks: Chinese first, English beside it. */
export interface Voice {
  terminal: Terminal
  say(zh: string, en?: string): void
  title(number: number, zh: string, en: string): void
  answer(answer: Answer, client: GuanyiClient): Promise<void>
  problem(problem: Problem): void
  /** A bar for a long run. */
  progress(total: number): ProgressBar
}

export function createVoice(output: Output, colour: boolean): Voice {
  const terminal = createTerminal('zh', colour)
  const write = (line: string): void => void output.write(`${line}\n`)
  const say = (zh: string, en = ''): void => write(en === '' ? `   ${zh}` : `   ${zh} ${terminal.dim(`/ ${en}`)}`)
  return {
    terminal,
    say,
    title: (number, zh, en) =>
      write(`\n${terminal.bold(`${String(number).padStart(2)}. ${zh}`)} ${terminal.dim(`/ ${en}`)}`),
    async answer(answer, client) {
      const names = await fetchNames(client, Object.keys(answer.sources))
      write(indent(answerText(answer, names, answer.verified.header.kid, terminal), '   '))
    },
    problem: (problem) => write(indent(problemText(problem, terminal), '   ')),
    progress: (total) =>
      createProgressBar({ total, output, say: terminal.say, now: () => performance.now(), indent: '   ' }),
  }
}
