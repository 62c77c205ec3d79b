import type { Bilingual } from '../errors/exchange-error.ts'
import type { EXIT_INTERRUPTED, ExitCode } from './exit.ts'
import type { CliIo, Terminal } from './terminal.ts'

export interface OptionSpec extends Bilingual {
  /** What stands for the value in the help; an option without it is a switch. */
  value?: string
  /** May be given several times. */
  multiple?: boolean
  required?: boolean
  choices?: readonly string[]
}

/** The arguments after checking. Asking for an option the command does not declare is a mistake in the command. */
export interface Input {
  positionals: readonly string[]
  text(option: string): string | undefined
  list(option: string): readonly string[]
  flag(option: string): boolean
}

export interface Context {
  io: CliIo
  json: boolean
  terminal: Terminal
  /** A line for the person at the screen, on stderr. */
  note(text: Bilingual): void
}

/** What a command has to say, once for programs and once for people. */
export interface Outcome {
  exit?: ExitCode
  /** Printed with `--json`. */
  json: unknown
  /** Printed without it. */
  text: (terminal: Terminal) => string
}

export interface Command extends Bilingual {
  /** Words after `guanyi`. */
  name: string
  /** Positional arguments as the help shows them: `<file|->`, `[dir]`. */
  positionals?: readonly string[]
  options?: Readonly<Record<string, OptionSpec>>
  /** Further paragraphs of the help. */
  notes?: readonly Bilingual[]
  examples?: readonly string[]
  /** Runs until told to stop and shuts down in order by itself. */
  ownsSignals?: boolean
  /** Hands everything after its name on, unread. */
  passThrough?: boolean
  /** Answers nothing when it has already said everything. */
  run(input: Input, context: Context): Promise<Outcome | ExitCode | typeof EXIT_INTERRUPTED>
}
