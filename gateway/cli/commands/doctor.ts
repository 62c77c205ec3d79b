import type { Command } from '../command.ts'
import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { EXIT } from '../exit.ts'
import { printable } from '../layout/printable.ts'
import type { Terminal } from '../terminal.ts'

export const doctor: Command = {
  name: 'doctor',
  zh: '体检：配置、密钥、数据库、Redis、数源、时钟 …',
  en: 'check-up of an installation',
  notes: [
    {
      zh: '环境变量须与网关相同。每项一行：✓ 正常，! 提示，✗ 须处理，- 未检查；有 ✗ 时退出码为 1。',
      en: 'Needs the gateway’s own environment. One line each: ✓ fine, ! note, ✗ act, - not checked; exit code 1 when there is a ✗.',
    },
  ],
  async run(_input, { io }) {
    const found = await examine(io)
    const failed = found.filter(({ status }) => status === 'fail').length
    return {
      exit: failed > 0 ? EXIT.refused : EXIT.done,
      json: { ok: failed === 0, checks: found },
      text: (terminal) =>
        [
          ...found.map((finding, place) => lineOf(finding, found[place + 1], terminal)),
          summary(failed, found.length, terminal),
        ].join('\n'),
    }
  },
}

/** Both languages on every line: who is called at night is not who set the language. */
function lineOf({ status, name, detail, fix }: Finding, next: Finding | undefined, terminal: Terminal): string {
  const { lang, dim, green, red, yellow } = terminal
  const mark = { ok: green('✓'), warn: yellow('!'), fail: red('✗'), skipped: dim('-') }[status]
  const title =
    name.zh === name.en ? name.zh : lang === 'zh' ? `${name.zh} ${dim(name.en)}` : `${name.en} ${dim(name.zh)}`
  const line = `${mark} ${title}${detail === undefined ? '' : `  ${printable(detail)}`}`
  // Several faults of one kind: what to do is said once, under the last.
  if (fix === undefined || fix.zh === next?.fix?.zh) return line
  const [first, second] = lang === 'zh' ? [fix.zh, fix.en] : [fix.en, fix.zh]
  return `${line}\n    → ${first}\n      ${dim(second)}`
}

function summary(failed: number, all: number, { say, green, red, bold }: Terminal): string {
  return failed === 0
    ? green(bold(say({ zh: `${all} 项检查，没有须处理的问题`, en: `${all} checks, nothing to act on` })))
    : red(bold(say({ zh: `${all} 项检查，${failed} 项须处理`, en: `${all} checks, ${failed} to act on` })))
}
