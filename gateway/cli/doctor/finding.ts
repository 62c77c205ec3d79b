import type { Bilingual } from '../../errors/exchange-error.ts'
import type { CliIo } from '../terminal.ts'

/** What one check found. */
export interface Finding {
  status: 'ok' | 'warn' | 'fail' | 'skipped'
  /** Stable word for programs. */
  check: string
  name: Bilingual
  /** Versions, paths, codes: the same in both languages. */
  detail?: string
  /** What to do about it. */
  fix?: Bilingual
}

/** Checks look at the environment themselves, one variable each, so that one fault does not hide the others. */
export interface Examined {
  io: CliIo
  env: CliIo['env']
}

export interface Check {
  check: string
  name: Bilingual
  run(examined: Examined): Promise<Finding[]>
}

/** The findings of a check whose subject is named once. */
export function findings({ check, name }: Pick<Check, 'check' | 'name'>) {
  return {
    ok: (detail?: string): Finding => ({ status: 'ok', check, name, ...(detail !== undefined && { detail }) }),
    warn: (detail: string, fix: Bilingual): Finding => ({ status: 'warn', check, name, detail, fix }),
    fail: (detail: string, fix: Bilingual): Finding => ({ status: 'fail', check, name, detail, fix }),
    skipped: (fix: Bilingual): Finding => ({ status: 'skipped', check, name, fix }),
  }
}

/** First line of what was thrown, without anything that looks like an address with a password. */
export function causeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  const inner = thrown instanceof AggregateError && thrown.errors[0] instanceof Error ? thrown.errors[0] : thrown
  const { code } = inner as { code?: string }
  const message = (inner.message.split('\n')[0] ?? '').replaceAll(/\w+:\/\/\S+/g, '…')
  return code === undefined || message.includes(code) ? message : `${code} ${message}`.trim()
}
