import type { Bilingual } from '../errors/exchange-error.ts'
import { optionsOf } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT_MEANINGS } from './exit.ts'
import { columns } from './layout/table.ts'
import type { Terminal } from './terminal.ts'

/** Help of one command, in both languages, the reader's first. */
export function commandHelp(command: Command, terminal: Terminal): string {
  const { bold } = terminal
  const options = Object.entries(optionsOf(command)).map(([name, spec]) => [
    `  --${name}${spec.value === undefined ? '' : ` <${spec.value}>`}`,
    both(spec, terminal) + (spec.required ? terminal.yellow(terminal.say({ zh: '（必填）', en: ' (required)' })) : ''),
  ])
  const parts = [
    both(command, terminal),
    `${bold(heading(terminal, '用法', 'Usage'))}\n  ${usageLine(command)}`,
    ...(command.passThrough ? [] : [`${bold(heading(terminal, '选项', 'Options'))}\n${columns(options).join('\n')}`]),
    ...(command.notes ?? []).map((note) => paragraph(note, terminal)),
    ...(command.examples
      ? [`${bold(heading(terminal, '示例', 'Examples'))}\n${command.examples.map((line) => `  ${line}`).join('\n')}`]
      : []),
    exitCodes(terminal),
  ]
  return `${parts.join('\n\n')}\n`
}

export function usageLine({ name, positionals = [], passThrough }: Command): string {
  const rest = passThrough ? ['[…]'] : [...positionals, '[选项 options]']
  return `guanyi ${[name, ...rest].join(' ')}`
}

/** The list of commands: all, or those of one group. */
export function overview(commands: readonly Command[], terminal: Terminal, group?: string): string {
  const shown = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `))
  const { lang, dim } = terminal
  const rows = shown.map(({ name, zh, en }) => [`  ${name}`, ...(lang === 'zh' ? [zh, dim(en)] : [en, dim(zh)])])
  const title = terminal.say({
    zh: '关驿：政务数据共享交换网关 / Guanyi: scenario-authorised data-sharing gateway',
    en: 'Guanyi: scenario-authorised data-sharing gateway / 关驿：政务数据共享交换网关',
  })
  return [
    ...(group === undefined ? [title] : []),
    `${terminal.bold(heading(terminal, '用法', 'Usage'))}\n  guanyi ${group ?? ''}${group ? ' ' : ''}<命令 command> [选项 options]`,
    `${terminal.bold(heading(terminal, '命令', 'Commands'))}\n${columns(rows).join('\n')}`,
    terminal.say({
      zh: '某个命令的帮助：guanyi <命令> --help / help on a command: guanyi <command> --help',
      en: 'Help on a command: guanyi <command> --help / 某个命令的帮助：guanyi <命令> --help',
    }),
    ...(group === undefined ? [exitCodes(terminal)] : []),
    '',
  ].join('\n\n')
}

const heading = ({ lang }: Terminal, zh: string, en: string): string => (lang === 'zh' ? `${zh} ${en}` : `${en} ${zh}`)

function both({ zh, en }: Bilingual, { lang, dim }: Terminal): string {
  return lang === 'zh' ? `${zh} ${dim(en)}` : `${en} ${dim(zh)}`
}

function paragraph({ zh, en }: Bilingual, { lang, dim }: Terminal): string {
  return lang === 'zh' ? `${zh}\n${dim(en)}` : `${en}\n${dim(zh)}`
}

function exitCodes(terminal: Terminal): string {
  const rows = Object.entries(EXIT_MEANINGS).map(([code, text]) => [`  ${code}`, both(text, terminal)])
  return `${terminal.bold(heading(terminal, '退出码', 'Exit codes'))}\n${columns(rows).join('\n')}`
}
