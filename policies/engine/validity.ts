import { nextChinaHour } from './china-time.ts'
import type { CandidateView } from './views.ts'

/** A decision without any edge ahead is still taken anew once a day; nothing then lives for ever by mistake. */
const LONGEST_MS = 24 * 3_600_000

/** The earliest moment after `nowMs` at which time alone could change the decision: an edge of a term or of the hours. */
export function validUntil(candidates: readonly CandidateView[], nowMs: number): number {
  let earliest = nowMs + LONGEST_MS
  const consider = (edgeMs: number) => {
    if (edgeMs > nowMs && edgeMs < earliest) earliest = edgeMs
  }
  for (const { fromMs, untilMs, grant } of candidates) {
    consider(fromMs)
    consider(untilMs)
    const { hours } = grant.conditions
    if (hours !== null) {
      consider(nextChinaHour(nowMs, hours.from))
      consider(nextChinaHour(nowMs, hours.to))
    }
  }
  return earliest
}
