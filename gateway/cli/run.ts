import type { Language } from '../errors/problem.ts'
import { VERSION } from '../version.ts'
import { parseInput } from './arguments.ts'
import type { Command, Context } from './command.ts'
import { COMMANDS } from './commands.ts'
import { CliError, EXIT, EXIT_INTERRUPTED, type ExitCode } from './exit.ts'
import { failureOf } from './failures.ts'
import { commandHelp, overview, usageLine } from './help.ts'
import { findCommand, unknownCommand } from './lookup.ts'
import { type CliIo, createTerminal, languageOfLocale, type Output, wantsColour } from './terminal.ts'

/**
 * Runs one command line and resolves with its exit code (`EXIT`), 130 when it was interrupted. Never throws.
 *
 * Shape:  stdout has the result and nothing else; with `--json` it is one JSON document, also for a failure.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const lang = languageOf(argv, io)
  const terminalOf = (output: Output) => createTerminal(lang, wantsColour(output, io.env))
  const [out, err] = [terminalOf(io.stdout), terminalOf(io.stderr)]
  const json = argv.includes('--json')
  const print = (text: string): void => void io.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  const show = (text: string): ExitCode => {
    print(text)
    return EXIT.done
  }
  const complain = (text: string): void => void io.stderr.write(`${text}\n`)

  const found = findCommand(COMMANDS, argv)
  if (found.kind === 'version') return show(VERSION)
  if (found.kind === 'overview') {
    const text = overview(COMMANDS, found.asked ? out : err, found.group)
    if (found.asked) return show(text)
    complain(text)
    return EXIT.usage
  }
  if (found.kind === 'help') return show(commandHelp(found.command, out))

  try {
    if (found.kind === 'unknown') throw unknownCommand(COMMANDS, found.words)
    const { command, rest } = found
    const input = parseInput(command, rest)
    if (input.flag('help')) return show(commandHelp(command, out))
    const context: Context = { io, json, terminal: out, note: (text) => complain(err.say(text)) }
    const outcome = await untilInterrupted(command, command.run(input, context), io)
    if (outcome === 'interrupted') {
      complain(err.say({ zh: '已中断', en: 'interrupted' }))
      return EXIT_INTERRUPTED
    }
    if (typeof outcome === 'number') return outcome
    print(json ? JSON.stringify(outcome.json, null, 2) : outcome.text(out))
    return outcome.exit ?? EXIT.done
  } catch (thrown) {
    const failure = failureOf(thrown)
    if (json) print(JSON.stringify(failure.json, null, 2))
    complain(failure.text(err))
    if (thrown instanceof CliError && thrown.exit === EXIT.usage && found.kind === 'command') {
      complain(err.dim(`  ${usageLine(found.command)}\n  guanyi ${found.command.name} --help`))
    }
    return failure.exit
  }
}

/** Read before anything else, so that a complaint about the arguments is already in the right language. */
function languageOf(argv: readonly string[], io: CliIo): Language {
  const place = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='))
  const given = place < 0 ? undefined : argv[place]!.includes('=') ? argv[place]!.slice(7) : argv[place + 1]
  return given === 'zh' || given === 'en' ? given : languageOfLocale(io.env)
}

async function untilInterrupted<T>(command: Command, work: Promise<T>, io: CliIo): Promise<T | 'interrupted'> {
  const { interrupted } = io
  if (command.ownsSignals || interrupted === undefined) return await work
  const stopped = new Promise<'interrupted'>((resolve) => {
    if (interrupted.aborted) resolve('interrupted')
    interrupted.addEventListener('abort', () => resolve('interrupted'), { once: true })
  })
  return await Promise.race([work, stopped])
}
