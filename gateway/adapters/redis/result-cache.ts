import canonicalize from 'canonicalize'
import { ExchangeError } from '../../errors/exchange-error.ts'
import type { CryptoProvider, SecretKey } from '../../ports/crypto.ts'
import type { CachedAnswer, CacheKey, CacheQuery, CacheReading, ResultCache } from '../../ports/result-cache.ts'
import type { RedisLink } from './connection.ts'

export interface RedisResultCacheDeps {
  /** `null` where the installation has none: every answer is then fetched. */
  link: RedisLink | null
  crypto: CryptoProvider
  /** Makes keys: Redis cannot be searched for a known identifier. */
  digestKey: SecretKey
  /** Seals values: Redis never sees one. */
  sealKey: SecretKey
  now?: () => number
}

const PREFIX = 'guanyi:cache'
/** No entry outlives this, whatever the dataset says. */
const MAX_TTL_MS = 7 * 86_400_000
/** A sealed time in the future beyond other gateways' clock errors is not believed. */
const SKEW_MS = 60_000
const NEVER_RAISED = '0'
const AWAY: CacheReading = { hit: undefined, epoch: '' }

/** Writes only while the epoch is still the one read before the source was asked. KEYS entry, epoch; ARGV epoch, value, ttl ms. */
const PUT_IF_EPOCH = `if (redis.call('GET', KEYS[2]) or '${NEVER_RAISED}') == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
return 0`

/**
 * Keeps sealed answers in Redis (design §8).
 *
 * Shape:  `<prefix>:{<bucket>}:<digest>` → `<fetchedAtMs> <epoch>\n` + sealed JSON, expiring; `<prefix>:{<bucket>}:epoch`
 *         → a random epoch, not expiring. The seal covers the key, the time and the epoch, so an entry moved to another
 *         key, given another time or kept over a correction does not open.
 *         A subject's epoch is that of its bucket, one of 65,536: the number of epoch keys stays bounded, so they need no
 *         expiry and are never evicted before the entries they guard (`volatile-*` policies). A correction makes a few
 *         other subjects' entries unreadable too, which costs a call, not correctness.
 * Errors: only `raiseEpoch` throws. A store that is away, slow or tampered with is a miss.
 */
export function createRedisResultCache(deps: RedisResultCacheDeps): ResultCache {
  const { link, crypto, digestKey, sealKey, now = Date.now } = deps

  const digest = (value: unknown) => crypto.mac('SHA-256', digestKey, canonicalize(value) ?? '')
  const tagOf = (subject: string) => `${PREFIX}:{${digest(['bucket', subject]).toString('hex', 0, 2)}}`
  const epochKey = (subject: string) => `${tagOf(subject)}:epoch`
  const entryKey = ({ dataset, schemaVersion, inputs, fields, subject }: CacheKey) =>
    `${tagOf(subject)}:${digest(['entry', dataset, schemaVersion, inputs, [...fields].sort(), subject]).toString('base64url')}`

  const open = (key: string, stored: Buffer, epoch: string, maxAgeMs: number): CachedAnswer | undefined => {
    const headEnd = stored.indexOf('\n')
    const head = stored.toString('latin1', 0, Math.max(headEnd, 0))
    const [, fetchedAt = '', written] = /^(\d{1,16}) (\S+)$/.exec(head) ?? []
    const ageMs = now() - Number(fetchedAt)
    if (written !== epoch || ageMs > maxAgeMs || ageMs < -SKEW_MS) return undefined
    try {
      const plain = crypto.open('A256GCM', sealKey, stored.subarray(headEnd + 1), associated(key, head))
      return { ...JSON.parse(plain.toString('utf8')), fetchedAtMs: Number(fetchedAt) }
    } catch {
      return undefined // altered, moved, or sealed under an older key
    }
  }

  const getMany = async (queries: readonly CacheQuery[]): Promise<CacheReading[]> => {
    if (queries.length === 0) return []
    const keys = queries.map(({ key }) => entryKey(key))
    const epochKeys = queries.map(({ key }) => epochKey(key.subject))
    // Entries and epochs in one command: no correction can come between the two.
    const found = await link?.attempt<(Buffer | null)[] | null>(
      (client) => client.mgetBuffer(...keys, ...epochKeys),
      () => null,
    )
    if (!found) return queries.map(() => AWAY)
    return queries.map(({ maxAgeMs }, at) => {
      const epoch = found[queries.length + at]?.toString('latin1') ?? NEVER_RAISED
      const stored = found[at]
      return { hit: stored ? open(keys[at] ?? '', stored, epoch, maxAgeMs) : undefined, epoch }
    })
  }

  return {
    getMany,
    async get(key, maxAgeMs) {
      const [reading = AWAY] = await getMany([{ key, maxAgeMs }])
      return reading
    },
    async put(key, { fetchedAtMs, ...answer }, ttlMs, epoch) {
      const leftMs = Math.min(ttlMs, MAX_TTL_MS) - Math.max(0, now() - fetchedAtMs)
      if (epoch === '' || leftMs < 1) return
      const name = entryKey(key)
      const head = `${fetchedAtMs} ${epoch}`
      const sealed = crypto.seal('A256GCM', sealKey, Buffer.from(JSON.stringify(answer)), associated(name, head))
      const value = Buffer.concat([Buffer.from(`${head}\n`), sealed])
      const keys = [name, epochKey(key.subject)]
      await link?.attempt<unknown>(
        (client) => client.eval(PUT_IF_EPOCH, 2, ...keys, epoch, value, Math.floor(leftMs)),
        () => undefined,
      )
    },
    async raiseEpoch(subject) {
      // Random, not counted: after the store was wiped a counter would come back to numbers already used.
      const epoch = crypto.random(12).toString('base64url')
      const raised = await link?.attempt<string>(
        (client) => client.set(epochKey(subject), epoch),
        () => 'away',
      )
      if (link !== null && raised !== 'OK') throw new ExchangeError('internal', 'cache epoch could not be raised')
    },
  }
}

const associated = (key: string, head: string) => `${key} ${head}`
