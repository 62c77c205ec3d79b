import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Command, Input, OptionSpec } from './command.ts'
import { type CliError, usageError } from './exit.ts'
import { suggest } from './suggest.ts'

/** Options of every command. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { zh: '结果以 JSON 输出到标准输出', en: 'print the result as JSON on stdout' },
  lang: { value: 'zh|en', choices: ['zh', 'en'], zh: '提示语言，默认中文，或按 LANG', en: 'language of messages' },
  help: { zh: '显示本帮助', en: 'show this help' },
}

export const optionsOf = (command: Command): Readonly<Record<string, OptionSpec>> => ({
  ...command.options,
  ...COMMON_OPTIONS,
})

/** Reads the words after a command's name. Errors: `CliError` (usage) saying which word is wrong and what may be meant. */
export function parseInput(command: Command, argv: readonly string[]): Input {
  if (command.passThrough) return inputOf(argv, new Map())
  const specs = optionsOf(command)
  const { tokens } = parseArgs({ args: [...argv], options: configOf(specs), strict: false, tokens: true })
  const positionals: string[] = []
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(specs, token.name) && token.rawName.startsWith('--') ? specs[token.name] : undefined
    if (spec === undefined) throw unknownOption(token.rawName, specs)
    const values = given.get(token.name) ?? []
    if (values.length > 0 && !spec.multiple)
      throw usageError(`选项 ${token.rawName} 只能给一次`, `option ${token.rawName} may be given once only`)
    given.set(token.name, [...values, checkedValue(token.rawName, spec, token.value, token.inlineValue)])
  }
  const input = inputOf(positionals, given)
  if (input.flag('help')) return input
  assertComplete(command, specs, input)
  return input
}

const inputOf = (positionals: readonly string[], given: ReadonlyMap<string, string[]>): Input => ({
  positionals,
  text: (option) => given.get(option)?.[0],
  list: (option) => given.get(option) ?? [],
  flag: (option) => given.has(option),
})

const configOf = (specs: Readonly<Record<string, OptionSpec>>): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )

function checkedValue(name: string, spec: OptionSpec, value: string | undefined, inline: boolean | undefined): string {
  if (spec.value === undefined) {
    if (value !== undefined) throw usageError(`选项 ${name} 不带值`, `option ${name} takes no value`)
    return ''
  }
  // `--reason --by x` is a forgotten value; one that really begins with a dash is written `--reason=-…`.
  if (value === undefined || value === '' || (!inline && value.length > 1 && value.startsWith('-')))
    throw usageError(`选项 ${name} 缺少值 <${spec.value}>`, `option ${name} needs a value <${spec.value}>`)
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    const allowed = spec.choices.join(' | ')
    throw usageError(`选项 ${name} 只能是 ${allowed}`, `option ${name} must be one of ${allowed}`)
  }
  return value
}

function unknownOption(name: string, specs: Readonly<Record<string, OptionSpec>>): CliError {
  const near = suggest(name.replace(/^-+/, ''), Object.keys(specs)).map((option) => `--${option}`)
  return usageError(
    `没有选项 ${name}${near.length > 0 ? `，是否想用 ${near.join('、')}` : ''}`,
    `no such option ${name}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`,
  )
}

function assertComplete(command: Command, specs: Readonly<Record<string, OptionSpec>>, input: Input): void {
  const wanted = command.positionals ?? []
  const missing = [
    ...wanted.filter((word, place) => word.startsWith('<') && input.positionals[place] === undefined),
    ...Object.entries(specs).flatMap(([name, spec]) => (spec.required && !input.flag(name) ? [`--${name}`] : [])),
  ]
  if (missing.length > 0) throw usageError(`缺少 ${missing.join('、')}`, `missing ${missing.join(', ')}`)
  const extra = input.positionals.slice(wanted.length)
  if (extra.length > 0 && !wanted.at(-1)?.includes('…'))
    throw usageError(`多余的参数 ${extra.join(' ')}`, `unexpected argument ${extra.join(' ')}`)
}
