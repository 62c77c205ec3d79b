import { runCli } from '../../gateway/cli/run.ts'
import type { CliIo } from '../../gateway/cli/terminal.ts'

export interface Ran {
  code: number
  out: string
  err: string
  /** Stdout as JSON. */
  json(): Record<string, unknown>
}

export interface RunOptions {
  env?: Record<string, string | undefined>
  stdin?: string
  now?: () => number
  tty?: boolean
  interrupted?: AbortSignal
}

/** Runs one command line with what it reads and writes held in memory. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const written = { out: '', err: '' }
  const sink = (name: 'out' | 'err'): CliIo['stdout'] => ({
    isTTY: options.tty ?? false,
    write(text) {
      written[name] += text
    },
  })
  const code = await runCli(argv, {
    env: options.env ?? {},
    stdout: sink('out'),
    stderr: sink('err'),
    stdin: (async function* () {
      yield options.stdin ?? ''
    })(),
    now: options.now ?? Date.now,
    ...(options.interrupted && { interrupted: options.interrupted }),
  })
  return { code, ...written, json: () => JSON.parse(written.out) as Record<string, unknown> }
}
