import { readFileSync } from 'node:fs'

/** Clock ticks per second of Linux; `getconf CLK_TCK` has said 100 for decades. */
const TICKS = 100

/** Seconds of processor time a process has used: all threads, and its main thread alone. Linux only; NaN elsewhere. */
export function cpuTime(pid: number): { all: number; main: number } {
  return { all: ticks(`/proc/${pid}/stat`) / TICKS, main: ticks(`/proc/${pid}/task/${pid}/stat`) / TICKS }
}

function ticks(path: string): number {
  try {
    // The name in parentheses may hold spaces; utime and stime are the 12th and 13th fields after it.
    const fields = readFileSync(path, 'utf8').split(') ').at(-1)!.split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return Number.NaN
  }
}
