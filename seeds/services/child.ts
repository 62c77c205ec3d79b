import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts'

/** How to start one server program. */
export interface Launch {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Run as this user; only root can ask for it. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined
  /** Gets what the server prints; appended, 0600. */
  readonly logFile: string
  /** What ends this program in good order: PostgreSQL wants SIGINT (fast shutdown), Redis SIGTERM. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM'
}

/** A server process we started. */
export interface Child {
  readonly identity: ProcessIdentity
  /** Resolves when the process has ended, however that came. */
  readonly ended: Promise<void>
  readonly hasEnded: () => boolean
  /** Ends it in good order, by force after `graceMs`. */
  stop(graceMs?: number): Promise<void>
  /** SIGKILL, at once; `ended` tells when it has taken effect. */
  kill(): void
}

/**
 * Starts a server in a session of its own, so that Ctrl-C in the terminal reaches only us and we can stop things in order.
 *
 * Because such a child would outlive us when we are killed outright, a guard shell waits on a pipe we hold; the kernel closes the
 * pipe with us, and the guard then stops the child.
 */
export function launch(how: Launch): Child {
  const log = openSync(how.logFile, 'a', 0o600)
  const child = spawn(how.file, how.args, {
    cwd: how.cwd,
    detached: true,
    stdio: ['ignore', log, log],
    ...(how.env ? { env: { ...process.env, ...how.env } } : {}),
    ...(how.owner ?? {}),
  })
  closeSync(log)
  const { pid } = child
  let over = false
  const ended = new Promise<void>((resolve) => {
    const finish = (): void => {
      over = true
      resolve()
    }
    child.once('exit', finish)
    child.once('error', finish)
  })
  child.unref()
  const identity = (pid === undefined ? undefined : identify(pid)) ?? { pid: pid ?? 0, startedAs: 'never' }
  if (pid !== undefined) guard(child, pid, how.stopSignal)

  const signal = (name: NodeJS.Signals): void => {
    if (!over) child.kill(name)
  }
  return {
    identity,
    ended,
    hasEnded: () => over,
    async stop(graceMs = 10_000) {
      signal(how.stopSignal)
      const force = setTimeout(() => signal('SIGKILL'), graceMs)
      await ended
      clearTimeout(force)
    },
    kill: () => signal('SIGKILL'),
  }
}

function guard(child: ChildProcess, pid: number, stopSignal: string): void {
  const script = 'while read -r _; do :; done; kill -s "$2" "$1"'
  const watcher = spawn('/bin/sh', ['-c', script, 'guard', String(pid), stopSignal.slice(3)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.on('error', () => {}) // without a shell there is no guard; the pid file still lets the next start clean up
  watcher.stdin.on('error', () => {})
  watcher.unref()
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref()
  child.once('exit', () => watcher.kill('SIGKILL')) // before the pipe closes: the number may soon be another's
}

/** Ends a process left over from an earlier run, if it is still that process. */
export async function endLeftover(identity: ProcessIdentity, stopSignal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  for (const [name, waitMs] of [[stopSignal, 10_000] as const, ['SIGKILL', 5_000] as const]) {
    if (!isRunning(identity)) return
    try {
      process.kill(identity.pid, name)
    } catch {
      return // it ended in between, or it belongs to somebody else and is not ours to end
    }
    for (let waited = 0; waited < waitMs && isRunning(identity); waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
