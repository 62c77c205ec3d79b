import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

export interface Started {
  child: ChildProcess
  /** What it told when it was ready. */
  ready: unknown
  /** Ends it in good order, by force when it will not. */
  end(): Promise<void>
}

/** A Node process that says when it is ready, its output appended to a file. It ends with us: its channel closes. */
export async function startChild(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  logFile: string,
): Promise<Started> {
  const file = openSync(logFile, 'a', 0o600)
  const child = fork(program, [...args], {
    execArgv: [],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', file, file, 'ipc'],
  })
  closeSync(file)
  const ended = once(child, 'exit').then(([code, signal]) =>
    Promise.reject(new Error(`${args[0]} 未能启动 / did not start (${code ?? signal}): ${logFile}`)),
  )
  ended.catch(() => undefined)
  const [ready] = await Promise.race([once(child, 'message'), ended])
  return { child, ready, end: () => endChild(child) }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(late)
}
