import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')

export interface ProgramStart {
  program: string
  args: string[]
  env?: Record<string, string>
  logFile: string
  /** Programs that give no word are not waited for. */
  waits?: boolean
  /** Gets the way to end it, at once: what fails later must find it. */
  undo: (() => Promise<unknown>)[]
}

/**
 * Starts one program of ours, its output in a file, and waits for its word that it is ready. The channel ends it when we
 * are gone without a word.
 */
export async function startProcess({ program, args, env = {}, logFile, waits = true, undo }: ProgramStart) {
  const file = openSync(logFile, 'w', 0o600)
  const watched = waits ? [] : ['--import', join(ROOT, 'seeds/orphan.mjs')]
  const child = spawn(process.execPath, [...watched, '--import', 'tsx', join(ROOT, program), ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', file, file, 'ipc'],
  })
  closeSync(file)
  undo.push(() => endProcess(child))
  if (!waits) return undefined
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(
      new Error(`${program} ${args[0]} 未能启动（退出码 ${code}），见 ${logFile} / did not start, see the log`),
    ),
  )
  const [ready] = await Promise.race([once(child, 'message'), failed])
  failed.catch(() => undefined)
  return ready
}

/** SIGTERM, and SIGKILL for one that does not end. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(late)
}
