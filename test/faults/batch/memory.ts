import { readFileSync } from 'node:fs'

const MIB = 2 ** 20

/** Resident memory of a process; 0 once it is gone. */
export function residentMiB(pid: number): number {
  try {
    return (Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024) / MIB
  } catch {
    return 0
  }
}

/** Looks every 100 ms at processes that come and go, and remembers the most each kind had. */
export function watchMemory() {
  const watched = new Map<string, { pid: number; peak: number }>()
  const look = (): void => {
    for (const each of watched.values()) each.peak = Math.max(each.peak, residentMiB(each.pid))
  }
  const timer = setInterval(look, 100)
  return {
    /** A new process in a place keeps the peak of the one before it. */
    watch(place: string, pid: number): void {
      watched.set(place, { pid, peak: watched.get(place)?.peak ?? 0 })
    },
    peak: (place: string): number => watched.get(place)?.peak ?? 0,
    stop(): void {
      look()
      clearInterval(timer)
    },
  }
}
