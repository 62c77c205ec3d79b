/** How a source writes its dates. `epoch-ms` counts from 1970 in UTC and means the day it was then in China. */
export const DATE_FORMS = [
  'yyyyMMdd',
  'yyyy-MM-dd',
  'yyyy/MM/dd',
  'yyyy年MM月dd日',
  'yyyyMMddHHmmss',
  'yyyy-MM-dd HH:mm:ss',
  'yyyy/MM/dd HH:mm:ss',
  'yyyyMM',
  'yyyy-MM',
  'yyyy/MM',
  'epoch-ms',
  'epoch-s',
] as const
export type DateForm = (typeof DATE_FORMS)[number]

/** Year, month, day of each form; one-digit months and days are met in the wild where a separator stands between them. */
const PATTERNS: Record<Exclude<DateForm, 'epoch-ms' | 'epoch-s'>, RegExp> = {
  yyyyMMdd: /^(\d{4})(\d{2})(\d{2})$/,
  'yyyy-MM-dd': /^(\d{4})-(\d{1,2})-(\d{1,2})$/,
  'yyyy/MM/dd': /^(\d{4})\/(\d{1,2})\/(\d{1,2})$/,
  yyyy年MM月dd日: /^(\d{4})年(\d{1,2})月(\d{1,2})日$/,
  yyyyMMddHHmmss: /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/,
  'yyyy-MM-dd HH:mm:ss': /^(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?$/,
  'yyyy/MM/dd HH:mm:ss': /^(\d{4})\/(\d{1,2})\/(\d{1,2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?$/,
  yyyyMM: /^(\d{4})(\d{2})$/,
  'yyyy-MM': /^(\d{4})-(\d{1,2})$/,
  'yyyy/MM': /^(\d{4})\/(\d{1,2})$/,
}

/** Shanghai kept summer time in 1986–1991, so the day is asked of the time zone database, never of a fixed +8 h (R97). */
const chinaDay = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

interface DateParts {
  year: string
  month: string
  day: string | undefined
  time: [string, string, string] | undefined
}

/**
 * Writes a source's date as `YYYYMMDD` (or `YYYYMM` for a month), digits only, no time zone in between.
 *
 * Answers `undefined` when the value is not in the form; the caller passes it on as it came and `shape` judges it.
 * The calendar is not checked here: 30 February stays 30 February, for `shape` to refuse.
 */
export function readDate(value: unknown, form: DateForm, target: 'date' | 'month'): string | undefined {
  const parts = partsOf(value, form)
  if (parts === undefined) return undefined
  if (target === 'month') return parts.year + parts.month
  return parts.day === undefined ? undefined : parts.year + parts.month + parts.day
}

/** Milliseconds since the epoch of a source's time stamp, read as China time (UTC+8; used for recent moments only). */
export function readInstant(value: unknown, form: DateForm): number | undefined {
  if (form === 'epoch-ms' || form === 'epoch-s') return epochMs(value, form)
  const parts = partsOf(value, form)
  if (parts?.day === undefined) return undefined
  const [hour, minute, second] = parts.time ?? ['00', '00', '00']
  const atMs = Date.parse(`${parts.year}-${parts.month}-${parts.day}T${hour}:${minute}:${second}+08:00`)
  return Number.isNaN(atMs) ? undefined : atMs
}

function partsOf(value: unknown, form: DateForm): DateParts | undefined {
  if (form === 'epoch-ms' || form === 'epoch-s') {
    const atMs = epochMs(value, form)
    if (atMs === undefined) return undefined
    const part = (type: string) => chinaDay.formatToParts(atMs).find((found) => found.type === type)?.value ?? ''
    return { year: part('year').padStart(4, '0'), month: part('month'), day: part('day'), time: undefined }
  }
  // `20240131` is often sent as a JSON number.
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof text !== 'string') return undefined
  const match = PATTERNS[form].exec(text.trim())
  if (match === null) return undefined
  const [, year = '', month = '', day, hour, minute, second] = match
  return {
    year,
    month: month.padStart(2, '0'),
    day: day?.padStart(2, '0'),
    time: hour === undefined ? undefined : [hour, minute ?? '00', second ?? '00'],
  }
}

function epochMs(value: unknown, form: 'epoch-ms' | 'epoch-s'): number | undefined {
  const count = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) return undefined
  const atMs = form === 'epoch-s' ? count * 1000 : count
  return Math.abs(atMs) <= 8.64e15 ? atMs : undefined
}
