import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process as it can be recognised later: the number alone is given to someone else after a while. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; equal for the same process only (start time, on Linux with the boot it belongs to). */
  readonly startedAs: string
}

/** Gives the identity of a running process, or `undefined` when no process bears the number. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAs = process.platform === 'linux' ? linuxStart(pid) : psStart(pid)
  return startedAs === undefined ? undefined : { pid, startedAs }
}

/** Tells whether the process that was once identified is still the one running under that number. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAs === identity.startedAs
}

function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses and may hold spaces: count from its end. proc(5): 3 is state, 22 starttime.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined // a zombie has ended; only its parent has not looked yet
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
  } catch {
    return undefined
  }
}

function psStart(pid: number): string | undefined {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return started === '' ? undefined : started
  } catch {
    return undefined
  }
}
