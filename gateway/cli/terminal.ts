import type { Bilingual } from '../errors/exchange-error.ts'
import type { Language } from '../errors/problem.ts'

export interface Output {
  write(text: string): unknown
  isTTY?: boolean
}

/** The world as a command sees it; tests bring their own. */
export interface CliIo {
  env: Readonly<Record<string, string | undefined>>
  stdout: Output
  stderr: Output
  stdin: AsyncIterable<Uint8Array | string>
  now: () => number
  /** Fires at Ctrl-C. Commands that run until told to stop handle the signal themselves. */
  interrupted?: AbortSignal
}

export type Paint = (text: string) => string

/** How to write for one reader: their language, and colours when their screen shows them. */
export interface Terminal {
  lang: Language
  say(text: Bilingual): string
  bold: Paint
  dim: Paint
  red: Paint
  green: Paint
  yellow: Paint
}

export function createTerminal(lang: Language, colour: boolean): Terminal {
  const paint =
    (on: number, off: number): Paint =>
    (text) =>
      colour ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return {
    lang,
    say: (text) => text[lang],
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
  }
}

/** Colours only on a screen, and never against NO_COLOR (no-color.org) or a terminal that cannot. */
export const wantsColour = (output: Output, env: CliIo['env']): boolean =>
  output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'

/** Chinese unless the locale says English. `C` and `POSIX` say nothing about the reader. */
export function languageOfLocale(env: CliIo['env']): Language {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
  return locale.toLowerCase().startsWith('en') ? 'en' : 'zh'
}
