import type { Ceiling, QuotaCharge } from '../../ports/quota.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Days of a ceiling are calendar days in China (UTC+8). */
const CHINA_OFFSET_MS = 8 * HOUR_MS

/** One counter of one ceiling in the current window. */
export interface Counter {
  /** `<grant>:<measure>:<period>:<window>[:<detail>]`; no identifier, digests only. */
  key: string
  /** `add` counts one up, `peek` only compares, `set` counts distinct members. */
  kind: 'add' | 'peek' | 'set'
  /** Member of a `set`, else empty. */
  member: string
  grantId: string
  ceiling: Ceiling
  endsAtMs: number
}

/** The calendar hour or day (China time) a moment lies in. */
export function windowOf(period: Ceiling['period'], atMs: number): { number: number; endsAtMs: number } {
  const lengthMs = period === 'hour' ? HOUR_MS : DAY_MS
  const number = Math.floor((atMs + CHINA_OFFSET_MS) / lengthMs)
  return { number, endsAtMs: (number + 1) * lengthMs - CHINA_OFFSET_MS }
}

/** The counter of a ceiling; `detail` tells mismatch counters of one grant apart. */
export function counterOf(grantId: string, ceiling: Ceiling, atMs: number, detail = '', member = ''): Counter {
  const { number, endsAtMs } = windowOf(ceiling.period, atMs)
  const { measure, period } = ceiling
  const kind = measure === 'calls' ? 'add' : measure === 'subjects' ? 'set' : 'peek'
  const key = `${grantId}:${measure}:${period}:${number}${detail && `:${shortDigest(detail)}`}`
  return { key, kind, member, grantId, ceiling, endsAtMs }
}

/** Every counter one call touches, each once. Mismatch ceilings count only where the charge names a detail. */
export function countersOf(charges: readonly QuotaCharge[], atMs: number): Counter[] {
  const counters = new Map<string, Counter>()
  for (const { grantId, ceilings, subjectDigest, detail } of charges) {
    for (const ceiling of ceilings) {
      if (ceiling.measure === 'mismatches' && detail === undefined) continue
      const counter =
        ceiling.measure === 'mismatches'
          ? counterOf(grantId, ceiling, atMs, detail)
          : counterOf(grantId, ceiling, atMs, '', ceiling.measure === 'subjects' ? shortDigest(subjectDigest) : '')
      // The same ceiling twice with different limits: the stricter one holds.
      const other = counters.get(counter.key + counter.member)
      if (other === undefined || counter.ceiling.limit < other.ceiling.limit) {
        counters.set(counter.key + counter.member, counter)
      }
    }
  }
  return [...counters.values()]
}

export function exceeded({ grantId, ceiling, endsAtMs }: Counter, atMs: number) {
  return { grantId, ceiling, retryAfterSeconds: Math.max(1, Math.ceil((endsAtMs - atMs) / 1000)) }
}

/** 24 characters of a keyed digest (144 bits of base64url, 96 of hex) tell a day's subjects apart and halve what a set weighs. */
function shortDigest(digest: string): string {
  return digest.slice(-24)
}
