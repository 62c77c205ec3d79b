const OFFSET_MS = 8 * 3_600_000

/** `2026-12-01 09:30:00` in China time, which has no summer time. */
export const chinaTime = (ms: number): string => new Date(ms + OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** A term as people write it: both days included where it runs from midnight to midnight, to the minute otherwise. */
export function chinaTerm({ from, until }: { from: string; until: string }): { from: string; until: string } {
  const [fromMs, untilMs] = [Date.parse(from), Date.parse(until)]
  return {
    from: isMidnight(fromMs) ? chinaTime(fromMs).slice(0, 10) : chinaTime(fromMs).slice(0, 16),
    until: isMidnight(untilMs) ? chinaTime(untilMs - 1).slice(0, 10) : chinaTime(untilMs).slice(0, 16),
  }
}

const isMidnight = (ms: number): boolean => (ms + OFFSET_MS) % 86_400_000 === 0
