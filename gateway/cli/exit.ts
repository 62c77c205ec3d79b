import type { Bilingual } from '../errors/exchange-error.ts'

/** Exit codes of every command; published, so a number keeps its meaning. */
export const EXIT = { done: 0, refused: 1, usage: 2, configuration: 3, unverified: 4, unreachable: 5 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ended by Ctrl-C: what shells report for SIGINT. */
export const EXIT_INTERRUPTED = 130 as const

export const EXIT_MEANINGS: Record<ExitCode, Bilingual> = {
  0: { zh: '完成', en: 'done' },
  1: { zh: '被拒绝或未成功（原因已打印）', en: 'refused or failed; the reason was printed' },
  2: { zh: '用法不对，或参数所指的文件不可用', en: 'wrong usage, or a file named in the arguments cannot be used' },
  3: { zh: '配置有误', en: 'configuration is faulty' },
  4: { zh: '核验未通过', en: 'verification failed' },
  5: { zh: '连不上（网关、数据库或密钥地址）', en: 'cannot be reached (gateway, database or key address)' },
}

/** A command ends here: what to say, and with which code. */
export class CliError extends Error {
  override readonly name = 'CliError'
  constructor(
    readonly exit: ExitCode,
    readonly text: Bilingual,
    /** One line each, in both languages where they are sentences. */
    readonly details: readonly string[] = [],
  ) {
    super(`${text.zh} / ${text.en}`)
  }
}

export const usageError = (zh: string, en: string, details: readonly string[] = []): CliError =>
  new CliError(EXIT.usage, { zh, en }, details)

export const configError = (zh: string, en: string, details: readonly string[] = []): CliError =>
  new CliError(EXIT.configuration, { zh, en }, details)

/** A sentence of an adapter, which is in both languages already, as a matter of configuration. */
export function asConfigError(thrown: unknown): never {
  const plain = thrown instanceof Error && thrown.name === 'Error' && !('code' in thrown)
  if (!plain) throw thrown
  const [zh = '', en = zh] = thrown.message.split(' / ')
  throw configError(zh, en)
}
