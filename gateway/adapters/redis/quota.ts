import type { Ceiling, Quota } from '../../ports/quota.ts'
import { createMemoryQuota } from '../memory/quota.ts'
import { type Counter, counterOf, countersOf, exceeded } from '../memory/quota-counters.ts'
import type { RedisLink } from './connection.ts'
import { defineScript } from './script.ts'

export interface RedisQuotaOptions {
  link: RedisLink
  now: () => number
  /** This process's part of every limit while Redis is away: 1 ÷ number of gateway processes. */
  fallbackShare?: number
}

/**
 * One tag for all counters: a call touches several grants, and a script may only touch keys of one slot in a cluster.
 * They are few and small; answers, which are neither, are kept under keys of their own.
 */
const PREFIX = '{guanyi-quota}:'
/** Windows outlive their end a little, for gateways whose clocks differ. */
const GRACE_MS = 60_000

/**
 * Compares every counter with its limit, and only when none is reached counts the call on all of them.
 *
 * Input:  KEYS one per counter; ARGV four per counter: kind (`add` | `peek` | `set`), limit, milliseconds to live, member.
 * Output: 0, or the number (from 1) of the first counter whose limit is reached; then nothing was counted.
 */
const chargeScript = defineScript(`
for i = 1, #KEYS do
  local at = (i - 1) * 4
  local limit = tonumber(ARGV[at + 2])
  if ARGV[at + 1] == 'set' then
    if redis.call('SCARD', KEYS[i]) >= limit and redis.call('SISMEMBER', KEYS[i], ARGV[at + 4]) == 0 then return i end
  elseif tonumber(redis.call('GET', KEYS[i]) or '0') >= limit then
    return i
  end
end
for i = 1, #KEYS do
  local at = (i - 1) * 4
  local kind = ARGV[at + 1]
  if kind == 'add' then
    if redis.call('INCR', KEYS[i]) == 1 then redis.call('PEXPIRE', KEYS[i], ARGV[at + 3]) end
  elseif kind == 'set' then
    if redis.call('SADD', KEYS[i], ARGV[at + 4]) == 1 and redis.call('SCARD', KEYS[i]) == 1 then
      redis.call('PEXPIRE', KEYS[i], ARGV[at + 3])
    end
  end
end
return 0`)

/**
 * Adds to counters after the fact.
 *
 * Input:  KEYS one per counter; ARGV the count, then milliseconds to live per counter.
 * Output: nothing.
 */
const addScript = defineScript(`
for i = 1, #KEYS do
  if redis.call('INCRBY', KEYS[i], ARGV[1]) == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[i], ARGV[i + 1]) end
end`)

/**
 * Ceilings counted in Redis for all gateway processes together, one round trip per call; counted in this process while
 * Redis is away. Windows are calendar hours and days in China time. Subjects are counted exactly: a set never outgrows its
 * limit, about 70 bytes a subject.
 */
export function createRedisQuota({ link, now, fallbackShare = 1 }: RedisQuotaOptions): Quota {
  const fallback = createMemoryQuota({ now, share: fallbackShare })

  return {
    async charge(charges) {
      const atMs = now()
      const counters = countersOf(charges, atMs)
      if (counters.length === 0) return undefined
      const reached = await link.attempt<number | null>(
        async (redis) => Number(await chargeScript(redis, keysOf(counters), chargeArguments(counters, atMs))),
        () => null,
      )
      if (reached === null) return fallback.charge(charges)
      if (reached > 0) return exceeded(counters[reached - 1]!, atMs)
      fallback.note(charges)
      return undefined
    },
    addRecords: (grantId, ceilings, count) =>
      add(countersFor('records', grantId, ceilings, now()), count, () => fallback.addRecords(grantId, ceilings, count)),
    addMismatch: (grantId, ceilings, detail) =>
      add(countersFor('mismatches', grantId, ceilings, now(), detail), 1, () =>
        fallback.addMismatch(grantId, ceilings, detail),
      ),
    async mismatchesExhausted(grantId, ceilings, detail) {
      const counters = countersFor('mismatches', grantId, ceilings, now(), detail)
      if (counters.length === 0) return false
      return link.attempt(
        async (redis) => {
          const counts = await redis.mget(keysOf(counters))
          return counters.some(({ ceiling }, i) => Number(counts[i] ?? 0) >= ceiling.limit)
        },
        () => fallback.mismatchesExhausted(grantId, ceilings, detail),
      )
    },
  }

  async function add(counters: Counter[], count: number, otherwise: () => Promise<void>): Promise<void> {
    if (counters.length === 0 || count === 0) return
    const lifetimes = counters.map((counter) => lifetimeMs(counter, now()))
    await link.attempt(async (redis) => {
      await addScript(redis, keysOf(counters), [count, ...lifetimes])
    }, otherwise)
  }
}

function countersFor(
  measure: Ceiling['measure'],
  grantId: string,
  ceilings: readonly Ceiling[],
  atMs: number,
  detail = '',
): Counter[] {
  return ceilings
    .filter((ceiling) => ceiling.measure === measure)
    .map((ceiling) => counterOf(grantId, ceiling, atMs, detail))
}

const lifetimeMs = ({ endsAtMs }: Counter, atMs: number) => Math.max(1, endsAtMs - atMs) + GRACE_MS

const keysOf = (counters: readonly Counter[]) => counters.map(({ key }) => PREFIX + key)

const chargeArguments = (counters: readonly Counter[], atMs: number) =>
  counters.flatMap((counter) => [counter.kind, counter.ceiling.limit, lifetimeMs(counter, atMs), counter.member])
