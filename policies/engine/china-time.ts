const HOUR_MS = 3_600_000
/** China keeps one civil time, UTC+8, without summer time since 1992. */
const CHINA_OFFSET_MS = 8 * HOUR_MS

/** Hour of the day in China, 0 to 23, of a moment in milliseconds since the Unix epoch. */
export function chinaHour(atMs: number): number {
  return Math.floor((atMs + CHINA_OFFSET_MS) / HOUR_MS) % 24
}

/** The next moment strictly after `atMs` at which the clock in China strikes `hour` (0 to 24). */
export function nextChinaHour(atMs: number, hour: number): number {
  const dayMs = 24 * HOUR_MS
  const startOfDay = Math.floor((atMs + CHINA_OFFSET_MS) / dayMs) * dayMs - CHINA_OFFSET_MS
  const today = startOfDay + (hour % 24) * HOUR_MS
  return today > atMs ? today : today + dayMs
}
