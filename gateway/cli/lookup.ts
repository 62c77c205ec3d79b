import type { Command } from './command.ts'
import { type CliError, usageError } from './exit.ts'
import { suggest } from './suggest.ts'

export type Found =
  | { kind: 'command'; command: Command; rest: readonly string[] }
  | { kind: 'help'; command: Command }
  /** `asked`: the list was wanted; otherwise a word is missing. */
  | { kind: 'overview'; group?: string; asked: boolean }
  | { kind: 'unknown'; words: readonly string[] }
  | { kind: 'version' }

/** Finds the command the line begins with: two words (`grant list`) or one (`serve`). */
export function findCommand(commands: readonly Command[], argv: readonly string[]): Found {
  const [first, ...others] = argv
  if (first === '--version') return { kind: 'version' }
  if (first === 'help') return helpOn(commands, others)
  if (first === '--help') return { kind: 'overview', asked: true }
  // `guanyi --json query …`: options of every command may come first.
  const start = argv.findIndex((word, place) => !word.startsWith('-') && argv[place - 1] !== '--lang')
  if (start < 0) return { kind: 'overview', asked: argv.includes('--help') }
  const [before, words] = [argv.slice(0, start), argv.slice(start)]

  for (const length of [2, 1]) {
    const command = commands.find(({ name }) => name === words.slice(0, length).join(' '))
    if (command !== undefined) return { kind: 'command', command, rest: [...before, ...words.slice(length)] }
  }
  const group = words[0]!
  if (isGroup(commands, group)) {
    const [next] = words.slice(1)
    if (next === undefined || next.startsWith('-')) return { kind: 'overview', group, asked: words.includes('--help') }
  }
  return { kind: 'unknown', words: words.slice(0, 2) }
}

const isGroup = (commands: readonly Command[], word: string): boolean =>
  commands.some(({ name }) => name.startsWith(`${word} `))

function helpOn(commands: readonly Command[], words: readonly string[]): Found {
  const name = words.filter((word) => !word.startsWith('-')).slice(0, 2)
  if (name.length === 0) return { kind: 'overview', asked: true }
  const command = commands.find((each) => each.name === name.join(' '))
  if (command !== undefined) return { kind: 'help', command }
  if (name.length === 1 && isGroup(commands, name[0]!)) return { kind: 'overview', group: name[0]!, asked: true }
  return { kind: 'unknown', words: name }
}

/** The complaint about a command that does not exist, with the ones that may be meant. */
export function unknownCommand(commands: readonly Command[], words: readonly string[]): CliError {
  const names = commands.map(({ name }) => name)
  const plain = words.filter((word) => !word.startsWith('-'))
  const near = [...new Set([...suggest(plain.join(' '), names), ...firstWords(plain, names)])].slice(0, 3)
  return usageError(
    `没有命令 ${plain.join(' ')}${near.length > 0 ? `，是否想用 ${near.join('、')}` : ''}`,
    `no such command ${plain.join(' ')}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`,
    ['全部命令 / all commands: guanyi help'],
  )
}

/** `quer request.json`: the second word is an argument, so the first is looked at alone. */
const firstWords = ([first]: readonly string[], names: readonly string[]): string[] =>
  first === undefined
    ? []
    : suggest(
        first,
        names.map((name) => name.split(' ')[0]!),
      )
