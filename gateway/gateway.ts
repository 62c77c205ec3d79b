import { setTimeout as sleep } from 'node:timers/promises'
import { connectorKinds, connectorSchemas } from '../connectors/index.ts'
import { createDecisionPoint } from '../policies/engine/decide.ts'
import { readPolicyTexts } from '../policies/load.ts'
import { buildConnectors } from './adapters/connectors/registry.ts'
import { createSoftwareCrypto } from './adapters/crypto/software.ts'
import { loadInstallationKeys } from './adapters/files/installation-keys.ts'
import { createMemberKeys } from './adapters/files/member-keys.ts'
import { assertDurable } from './adapters/postgres/durable-session.ts'
import { createPostgresExchangeLog } from './adapters/postgres/exchange-log.ts'
import { createPostgresGrantStore } from './adapters/postgres/grant-store.ts'
import { openRedisLink, type RedisLink } from './adapters/redis/connection.ts'
import { NO_REDIS } from './adapters/redis/no-redis.ts'
import { createRedisQuota } from './adapters/redis/quota.ts'
import { createRedisReplayGuard } from './adapters/redis/replay-guard.ts'
import { createRedisResultCache } from './adapters/redis/result-cache.ts'
import { createApp } from './app.ts'
import { loadCatalog } from './catalog/load.ts'
import type { Catalog } from './catalog/types.ts'
import type { Config } from './config.ts'
import { rememberDecisions } from './decision-memory.ts'
import { loadEndpoints } from './endpoints.ts'
import type { ExchangeLog } from './ports/exchange-log.ts'
import type { GrantStore } from './ports/grant-store.ts'
import { createRecordDrafts } from './record/draft.ts'
import { createExchangeId } from './record/exchange-id.ts'
import { createSubjectDigests } from './record/subject-digests.ts'
import { createStrangers } from './requests/strangers.ts'
import { catalogRoutes } from './routes/catalog.ts'
import { docsRoutes } from './routes/docs.ts'
import { type Bindings, exchangeRoutes } from './routes/exchanges.ts'
import { healthRoutes } from './routes/health.ts'
import { createMayUse } from './routes/may-use.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { oauthRoutes } from './routes/oauth.ts'
import { openApiDocument } from './routes/openapi.ts'
import { withToken } from './routes/with-token.ts'
import { runExchange, type Stages } from './run-exchange.ts'
import { listen } from './server.ts'
import { createCompareClaims } from './shaping/compare-claims.ts'
import { createAuthenticate } from './stages/authenticate.ts'
import { createAuthorise } from './stages/authorise.ts'
import { createCeilings } from './stages/ceilings.ts'
import { createFetch } from './stages/fetch.ts'
import { createIdentify } from './stages/identify.ts'
import { createRecord, createRecordFailure } from './stages/record.ts'
import { createShape } from './stages/shape.ts'
import { createSign } from './stages/sign.ts'
import { describeError, type Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { observedStages } from './telemetry/observed-stages.ts'
import { createTracing } from './telemetry/spans.ts'
import { createAccessTokens } from './tokens/access-tokens.ts'
import { VERSION } from './version.ts'

export interface Gateway {
  dataUrl: string
  managementUrl: string
  catalog: Catalog
  /** Ordered: not ready, no new calls, calls under way to their end, records written, stores closed. */
  stop(): Promise<void>
}

const DECISIONS_REMEMBERED = 20_000

/**
 * Builds every adapter, wires the stages and listens on both planes.
 *
 * Errors: refuses to start, saying why, when catalogue, policies, keys, endpoints or database are not fit (design §11).
 */
export async function startGateway(config: Config, logger: Logger, now: () => number = Date.now): Promise<Gateway> {
  const crypto = createSoftwareCrypto()
  const metrics = createMetrics()
  const tracing = createTracing(config.otlpEndpoint, config.gatewayId)
  const note = (line: string): void => void logger.warn(line)

  const catalog = await loadCatalog(config.catalogDir, { connectorSchemas })
  const keys = await loadInstallationKeys(config.keysDir)
  const connectors = buildConnectors(catalog, await loadEndpoints(config.endpointsFile), connectorKinds, now)
  const decisions = rememberDecisions(createDecisionPoint(readPolicyTexts(config.policyDir)), {
    max: DECISIONS_REMEMBERED,
  })
  await assertDurable(config.databaseUrl)
  const log: ExchangeLog = createPostgresExchangeLog({
    url: config.databaseUrl,
    deadlineMs: config.recordTimeoutMs,
    log: note,
  })
  const grants: GrantStore = createPostgresGrantStore({ url: config.databaseUrl, now })
  const link = (url: string | null): RedisLink =>
    url === null
      ? NO_REDIS
      : openRedisLink(url, {
          onState: (state) => note(`redis ${state}`),
          onError: (error) => note(`redis error: ${error.name}`),
        })
  const redis = link(config.redisUrl)
  const cacheRedis = config.redisCacheUrl === config.redisUrl ? redis : link(config.redisCacheUrl)

  const digests = createSubjectDigests(crypto, keys.secret('subject-digest'))
  const newId = createExchangeId((bytes) => crypto.random(bytes))
  const memberKeys = createMemberKeys({
    dir: config.memberKeysDir,
    catalog: () => catalog,
    now,
    onFault: (path) => note(`member key file not usable: ${path}`),
  })
  const replay = createRedisReplayGuard({ link: redis, now })
  const quota = createRedisQuota({ link: redis, now })
  const cache = createRedisResultCache({
    link: cacheRedis,
    crypto,
    digestKey: keys.secret('cache-digest'),
    sealKey: keys.secret('cache-seal'),
    now,
  })
  const tokens = createAccessTokens({
    gatewayId: config.gatewayId,
    crypto,
    signingKey: keys.signingKey,
    ownKey: keys.ownKey,
    newId: () => newId(now()),
    now,
  })
  const drafts = createRecordDrafts({
    gatewayId: config.gatewayId,
    crypto,
    digests,
    sealKey: keys.secret('record-seal'),
    policyVersion: decisions.policyVersion,
  })
  const ceilings = createCeilings({ quota, digests, log, replay, now })

  const stages: Stages = observedStages(
    {
      authenticate: createAuthenticate({ catalog: () => catalog, keys: memberKeys, crypto, tokens, newId, now }),
      identify: createIdentify({ gatewayId: config.gatewayId, replay, log, now }),
      authorise: createAuthorise({
        grants,
        decisions,
        now,
        alarm(exchangeId, policies) {
          metrics.policyAlarm()
          logger.error({ exchangeId, policies }, 'policy evaluation failed; refused')
        },
      }),
      charge: ceilings.charge,
      fetch: createFetch({ connectors, cache, now, onSourceFailure: metrics.sourceFailed }),
      shape: createShape({
        now,
        compare: createCompareClaims({ quota, digests, now }),
        onContractBroken: metrics.contractBroken,
      }),
      sign: createSign({ gatewayId: config.gatewayId, crypto, signingKey: keys.signingKey, now }),
      record: createRecord({
        log,
        drafts,
        now,
        refreshGrants: grants.refresh,
        settle: (exchange) => void ceilings.settle(exchange).catch(() => undefined),
      }),
      recordFailure: createRecordFailure({ log, drafts, now }),
    },
    tracing,
    metrics,
  )

  let stopping = false
  const readiness = async () => {
    const checks = { running: !stopping, log: await log.ready(), redis: redis.isUp() }
    // Redis away costs speed, not answers: exchanges go on without it.
    return { ready: checks.running && checks.log, checks }
  }
  const common = { tokens, trustedProxies: config.trustedProxies, now }
  const guard = () => ({ strangers: createStrangers(), trustedProxies: config.trustedProxies })
  const dataApp = createApp({
    logger,
    guard: guard(),
    routes: [
      exchangeRoutes({
        ...common,
        log,
        strangers: createStrangers(),
        maxBodyBytes: config.maxBodyBytes,
        run: (received) => tracing.exchange(received.op, () => runExchange(received, stages)),
        onEnded({ known, op, failure, milliseconds }) {
          metrics.exchangeEnded(known, op, failure, milliseconds / 1000)
          logger.info(
            {
              exchangeId: known?.exchangeId ?? null,
              system: known?.sender.system.id ?? null,
              op,
              scenario: known !== null && 'request' in known ? known.request.scenario : null,
              outcome: failure === null ? 'released' : failure.status >= 500 ? 'failed' : 'refused',
              code: failure?.code ?? null,
              index: known !== null && 'index' in known ? String(known.index) : null,
              ms: Math.round(milliseconds * 10) / 10,
              correlationId: known?.received.correlationId ?? null,
              ...(failure !== null &&
                failure.status >= 500 && { error: describeError(failure), cause: describeError(failure.cause) }),
            },
            'exchange',
          )
        },
      }),
      oauthRoutes({
        ...common,
        gatewayId: config.gatewayId,
        catalog: () => catalog,
        keys: memberKeys,
        crypto,
        replay,
        log,
        publicJwks: keys.publicJwks,
      }),
      withToken(
        tokens,
        '/v1/catalog/*',
        catalogRoutes<Bindings>({
          catalog: () => catalog,
          mayUse: createMayUse({ tokens, grants, catalog: () => catalog }),
        }),
      ),
      docsRoutes(openApiDocument(config.gatewayId, VERSION)),
      healthRoutes(readiness),
    ],
  })
  const managementApp = createApp({ logger, guard: guard(), routes: [metricsRoutes(metrics), healthRoutes(readiness)] })

  const data = await listen(dataApp, config.data)
  const management = await listen(managementApp, config.management)
  logger.info(
    {
      dataPlane: data.url,
      managementPlane: management.url,
      platform: config.platform,
      catalog: catalog.version,
      policies: decisions.policyVersion,
    },
    'listening',
  )

  return {
    dataUrl: data.url,
    managementUrl: management.url,
    catalog,
    async stop() {
      if (stopping) return
      stopping = true
      // A balancer sees `/readyz` turn false before the first call is refused.
      await sleep(config.profile === 'production' ? 1_000 : 50)
      await data.close(config.shutdownTimeoutMs)
      await log.close()
      await Promise.allSettled([
        grants.close(),
        connectors.close(),
        management.close(1_000),
        tracing.close(),
        metrics.close(),
      ])
      await Promise.all([redis.close(), cacheRedis.close()])
      logger.info('stopped')
    },
  }
}
