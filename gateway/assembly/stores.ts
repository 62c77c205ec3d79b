import { createSoftwareCrypto } from '../adapters/crypto/software.ts'
import { type InstallationKeys, loadInstallationKeys } from '../adapters/files/installation-keys.ts'
import { createMemberKeys } from '../adapters/files/member-keys.ts'
import { createPostgresGrantStore } from '../adapters/postgres/grants/store.ts'
import { assertDurable } from '../adapters/postgres/log/durable-session.ts'
import { createPostgresExchangeLog } from '../adapters/postgres/log/exchange-log.ts'
import { openRedisLink, type RedisLink } from '../adapters/redis/connection.ts'
import { NO_REDIS } from '../adapters/redis/no-redis.ts'
import { createRedisQuota } from '../adapters/redis/quota.ts'
import { createRedisReplayGuard } from '../adapters/redis/replay-guard.ts'
import { createRedisResultCache } from '../adapters/redis/result-cache.ts'
import type { Catalog } from '../catalog/types.ts'
import type { Config } from '../config.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import type { KeySource } from '../ports/key-source.ts'
import type { Quota } from '../ports/quota.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import type { ResultCache } from '../ports/result-cache.ts'
import { createExchangeId } from '../record/exchange-id.ts'
import { createSubjectDigests, type SubjectDigests } from '../record/subject-digests.ts'
import { type AccessTokens, createAccessTokens } from '../tokens/access-tokens.ts'

/** Adapters every part of the gateway shares. */
export interface Stores {
  crypto: CryptoProvider
  keys: InstallationKeys
  memberKeys: KeySource
  log: ExchangeLog
  grants: GrantStore
  redis: RedisLink
  replay: ReplayGuard
  quota: Quota
  cache: ResultCache
  digests: SubjectDigests
  tokens: AccessTokens
  newId: (nowMs: number) => string
  /** The log first, so that what was accepted is recorded; then the rest. */
  close(): Promise<void>
}

/** Errors: keys not fit, database not fit for records (`synchronous_commit`, schema). Redis may be away: it comes by itself. */
export async function openStores(
  config: Config,
  catalog: () => Catalog,
  note: (line: string) => void,
  now: () => number,
): Promise<Stores> {
  const crypto = createSoftwareCrypto()
  const keys = await loadInstallationKeys(config.keysDir, {
    now,
    onFault: (path) => note(`key file not usable: ${path}`),
  })
  await assertDurable(config.databaseUrl)
  const log = createPostgresExchangeLog({ url: config.databaseUrl, deadlineMs: config.recordTimeoutMs, log: note })
  const grants = createPostgresGrantStore({ url: config.databaseUrl })
  const redis = link(config.redisUrl, note)
  const cacheRedis = config.redisCacheUrl === config.redisUrl ? redis : link(config.redisCacheUrl, note)
  const newId = createExchangeId((bytes) => crypto.random(bytes))
  return {
    crypto,
    keys,
    memberKeys: createMemberKeys({
      dir: config.memberKeysDir,
      catalog,
      now,
      onFault: (path) => note(`member key file not usable: ${path}`),
    }),
    log,
    grants,
    redis,
    replay: createRedisReplayGuard({ link: redis, now }),
    quota: createRedisQuota({ link: redis, now }),
    cache: createRedisResultCache({
      // Where there is no cache at all, there is nothing to make unreadable, and a change notice is done at once.
      link: cacheRedis === NO_REDIS ? null : cacheRedis,
      crypto,
      digestKey: keys.secret('cache-digest'),
      sealKey: keys.secret('cache-seal'),
      now,
    }),
    digests: createSubjectDigests(crypto, keys.secret('subject-digest')),
    tokens: createAccessTokens({
      gatewayId: config.gatewayId,
      crypto,
      signingKey: keys.signingKey,
      ownKey: keys.ownKey,
      newId: () => newId(now()),
      now,
    }),
    newId,
    async close() {
      await log.close()
      await Promise.allSettled([grants.close(), redis.close(), cacheRedis.close()])
    },
  }
}

function link(url: string | null, note: (line: string) => void): RedisLink {
  if (url === null) return NO_REDIS
  return openRedisLink(url, {
    onState: (state) => note(`redis ${state}`),
    onError: (error) => note(`redis error: ${error.name}`),
  })
}
