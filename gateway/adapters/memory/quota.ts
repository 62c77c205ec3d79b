import { LRUCache } from 'lru-cache'
import type { Ceiling, Quota, QuotaCharge } from '../../ports/quota.ts'
import { type Counter, counterOf, countersOf, exceeded } from './quota-counters.ts'

interface Count {
  value: number
  members: Set<string>
  endsAtMs: number
}

export interface MemoryQuotaOptions {
  now: () => number
  /** Counters kept; the least recently used are forgotten. */
  max?: number
  /** This process's part of every limit, when several processes each count for themselves (0 < share ≤ 1). */
  share?: number
}

export interface MemoryQuota extends Quota {
  /** Counts calls that were admitted elsewhere, so that a fallback does not begin at nothing. */
  note(charges: readonly QuotaCharge[]): void
}

/**
 * Counts within this process: the fallback while Redis is away, and enough for a single process without Redis.
 *
 * A set never holds more members than its limit, so memory is bounded by `max` and the grants' own limits.
 */
export function createMemoryQuota({ now, max = 20_000, share = 1 }: MemoryQuotaOptions): MemoryQuota {
  const counts = new LRUCache<string, Count>({ max })

  function countOf({ key, endsAtMs }: Counter): Count {
    const known = counts.get(key)
    if (known !== undefined && known.endsAtMs === endsAtMs) return known
    const fresh = { value: 0, members: new Set<string>(), endsAtMs }
    counts.set(key, fresh)
    return fresh
  }
  // At least one, or a small limit would close a grant altogether; a limit of nothing stays nothing.
  const limitOf = ({ ceiling: { limit } }: Counter) => Math.min(limit, Math.max(1, Math.ceil(limit * share)))

  function isExceeded(counter: Counter): boolean {
    const { value, members } = countOf(counter)
    if (counter.kind === 'set') return !members.has(counter.member) && members.size >= limitOf(counter)
    return value >= limitOf(counter)
  }
  const add = (
    grantId: string,
    ceilings: readonly Ceiling[],
    measure: Ceiling['measure'],
    count: number,
    detail = '',
  ) => {
    for (const ceiling of ceilings) {
      if (ceiling.measure === measure) countOf(counterOf(grantId, ceiling, now(), detail)).value += count
    }
  }

  return {
    async charge(charges) {
      const atMs = now()
      const counters = countersOf(charges, atMs)
      const full = counters.find(isExceeded)
      if (full !== undefined) return exceeded(full, atMs) // refused calls are not counted
      for (const counter of counters) {
        if (counter.kind === 'add') countOf(counter).value += 1
        if (counter.kind === 'set') countOf(counter).members.add(counter.member)
      }
      return undefined
    },
    async addRecords(grantId, ceilings, count) {
      add(grantId, ceilings, 'records', count)
    },
    async addMismatch(grantId, ceilings, detail) {
      add(grantId, ceilings, 'mismatches', 1, detail)
    },
    async mismatchesExhausted(grantId, ceilings, detail) {
      return ceilings.some(
        (ceiling) => ceiling.measure === 'mismatches' && isExceeded(counterOf(grantId, ceiling, now(), detail)),
      )
    },
    note(charges) {
      for (const counter of countersOf(charges, now())) if (counter.kind === 'add') countOf(counter).value += 1
    },
  }
}
