import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { connectorKinds } from '../../connectors/index.ts'
import { buildConnectors } from '../../gateway/adapters/connectors/registry.ts'
import { generateJwk, importSigningJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { loadInstallationKeys } from '../../gateway/adapters/files/installation-keys.ts'
import { createMemberKeys } from '../../gateway/adapters/files/member-keys.ts'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { createPostgresExchangeLog } from '../../gateway/adapters/postgres/log/exchange-log.ts'
import { openRedisLink } from '../../gateway/adapters/redis/connection.ts'
import { createRedisQuota } from '../../gateway/adapters/redis/quota.ts'
import { createRedisReplayGuard } from '../../gateway/adapters/redis/replay-guard.ts'
import { createRedisResultCache } from '../../gateway/adapters/redis/result-cache.ts'
import { createApp } from '../../gateway/app.ts'
import { loadConfig } from '../../gateway/config.ts'
import { type DossierService, openDossiers } from '../../gateway/dossier/open.ts'
import { loadEndpoints } from '../../gateway/endpoints.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import { createOperatorGate } from '../../gateway/operators/gate.ts'
import { createOperatorRegistry } from '../../gateway/operators/registry.ts'
import type { GrantStore } from '../../gateway/ports/grant-store.ts'
import { createAdministrativeRecords } from '../../gateway/record/administrative.ts'
import { createRecordDrafts } from '../../gateway/record/draft.ts'
import { createExchangeId } from '../../gateway/record/exchange-id.ts'
import { createSubjectDigests, type SubjectDigests } from '../../gateway/record/subject-digests.ts'
import { createStrangers } from '../../gateway/requests/strangers.ts'
import { exchangeRoutes } from '../../gateway/routes/exchanges.ts'
import { oauthRoutes } from '../../gateway/routes/oauth.ts'
import { operatorTokenRoutes } from '../../gateway/routes/operator-token.ts'
import { runExchange } from '../../gateway/run-exchange.ts'
import { listen } from '../../gateway/server.ts'
import { createCompareClaims } from '../../gateway/shaping/compare-claims.ts'
import { createAuthenticate, REQUEST_TYP } from '../../gateway/stages/authenticate.ts'
import { createAuthorise } from '../../gateway/stages/authorise.ts'
import { createCeilings } from '../../gateway/stages/ceilings.ts'
import { createFetch } from '../../gateway/stages/fetch.ts'
import { createIdentify } from '../../gateway/stages/identify.ts'
import { createRecord, createRecordFailure } from '../../gateway/stages/record.ts'
import { createShape } from '../../gateway/stages/shape.ts'
import { createSign } from '../../gateway/stages/sign.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { createAccessTokens } from '../../gateway/tokens/access-tokens.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { GATEWAY_ID } from '../../seeds/installation/installation.ts'
import { PEOPLE, registryEntry, tokenForm, type Who } from '../operators/management.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

export const IDENTITY_ISSUER = 'https://id.weihai.example'

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  body: any
}

/** A seeded city with the operations of events and dossiers on planes of their own, over the same stores. */
export interface DossierCity {
  seeded: Seeded
  service: DossierService
  digests: SubjectDigests
  grants: GrantStore
  dataUrl: string
  managementUrl: string
  operatorKeyFile(who: Who): string
  /** Held by the test; starts at the real now. */
  clock: { ms: number }
  /** A signed POST of one system. */
  send(system: string, op: string, members: object): Promise<Answer>
  /** A POST with an access token of one system. */
  sendPlain(system: string, op: string, members: object): Promise<Answer>
  admin(who: Who, path: string, body: object): Promise<Answer>
  /** A token of the identity provider, with changes to its claims. */
  identityToken(claims: Record<string, unknown>, changes?: { key?: 'foreign' }): Promise<string>
  myData(token: string | null, body?: object): Promise<Answer>
  stop(): Promise<void>
}

export async function dossierCity(): Promise<DossierCity> {
  const clock = { offset: 0 }
  const now = (): number => Date.now() + clock.offset
  const seeded = await seededGateway()
  const dir = mkdtempSync(join(inject('runDir'), 'dossier-'))
  const crypto = createSoftwareCrypto()
  const identityKey = generateJwk('ES256', 'idp-1')
  const foreignKey = generateJwk('ES256', 'idp-1')
  const jwksFile = join(dir, 'identity.jwks.json')
  await writeFile(jwksFile, JSON.stringify({ keys: [toPublicJwk(importSigningJwk({ ...identityKey }))] }))
  const config = loadConfig({
    ...seeded.installation.env,
    GUANYI_IDENTITY_ISSUER: IDENTITY_ISSUER,
    GUANYI_IDENTITY_JWKS_FILE: jwksFile,
  })
  const { catalog } = seeded.installation
  const keys = await loadInstallationKeys(config.keysDir)
  const log = createPostgresExchangeLog({ url: config.databaseUrl })
  const grants = createPostgresGrantStore({ url: config.databaseUrl, now })
  const redis = openRedisLink(config.redisUrl!, { onState: () => {}, onError: () => {} })
  const replay = createRedisReplayGuard({ link: redis, now })
  const quota = createRedisQuota({ link: redis, now })
  const cache = createRedisResultCache({
    link: redis,
    crypto,
    digestKey: keys.secret('cache-digest'),
    sealKey: keys.secret('cache-seal'),
    now,
  })
  const digests = createSubjectDigests(crypto, keys.secret('subject-digest'))
  const newId = createExchangeId((bytes) => crypto.random(bytes))
  const memberKeys = createMemberKeys({ dir: config.memberKeysDir, catalog: () => catalog, now, onFault: () => {} })
  const tokens = createAccessTokens({
    gatewayId: GATEWAY_ID,
    crypto,
    signingKey: keys.signingKey,
    ownKey: keys.ownKey,
    newId: () => newId(now()),
    now,
  })
  const decisions = createDecisionPoint(readPolicyTexts(config.policyDir))
  const { policyVersion } = decisions
  const sealKey = keys.secret('record-seal')
  const drafts = createRecordDrafts({ gatewayId: GATEWAY_ID, crypto, digests, sealKey, policyVersion })
  const ceilings = createCeilings({ quota, digests, crypto, log, replay, now })
  const service = openDossiers({
    gatewayId: GATEWAY_ID,
    databaseUrl: config.databaseUrl,
    catalog: () => catalog,
    crypto,
    digests,
    secret: keys.secret,
    log,
    replay,
    cache,
    newId,
    identity: config.identity,
    note: () => {},
    now,
  })
  const connectors = service.withDossiers(
    buildConnectors(catalog, await loadEndpoints(config.endpointsFile), connectorKinds, now, { gatewayId: GATEWAY_ID }),
  )
  const authenticate = createAuthenticate({ catalog: () => catalog, keys: memberKeys, crypto, tokens, newId, now })
  const stages = {
    authenticate,
    identify: createIdentify({ gatewayId: GATEWAY_ID, replay, log, now }),
    authorise: createAuthorise({
      grants,
      decisions,
      now,
      alarm: () => {},
      parties: { cases: service.cases, digests },
    }),
    charge: ceilings.charge,
    fetch: createFetch({ connectors, cache, now }),
    shape: createShape({
      now,
      compare: createCompareClaims({ quota, digests, now }),
      onContractBroken: () => {},
      disputed: service.disputed,
    }),
    sign: createSign({ gatewayId: GATEWAY_ID, crypto, signingKey: keys.signingKey, now }),
    record: createRecord({
      log,
      drafts,
      now,
      refreshGrants: grants.refresh,
      settle: (exchange) => void ceilings.settle(exchange).catch(() => undefined),
    }),
    recordFailure: createRecordFailure({ log, drafts, now }),
  }
  const logger = createLogger('silent')
  const strangers = createStrangers()
  const common = { tokens, trustedProxies: [], now }
  const call = { ...common, strangers, maxBodyBytes: config.maxBodyBytes, onEnded: () => {} }
  const guard = { strangers, trustedProxies: [] }
  const data = await listen(
    createApp({
      logger,
      guard,
      routes: [
        exchangeRoutes({ ...call, log, run: (received) => runExchange(received, stages) }),
        oauthRoutes({
          ...common,
          gatewayId: GATEWAY_ID,
          catalog: () => catalog,
          keys: memberKeys,
          crypto,
          replay,
          log,
          publicJwks: keys.publicJwks,
        }),
        ...service.dataRoutes(call, { authenticate, failures: drafts, policyVersion, onMyData: () => {} }),
      ],
    }),
    { host: '127.0.0.1', port: 0 },
  )

  const operatorKeys = {
    system: generateJwk('ES256', 'op-system-1'),
    security: generateJwk('ES256', 'op-security-1'),
    audit: generateJwk('ES256', 'op-audit-1'),
  }
  const registryFile = join(dir, 'operators.json')
  const people = ['system', 'security', 'audit'] as const
  await writeFile(
    registryFile,
    JSON.stringify({ operators: people.map((who) => registryEntry(who, operatorKeys[who])) }),
  )
  for (const who of people) await writeFile(join(dir, `${who}.jwk.json`), JSON.stringify(operatorKeys[who]))
  const registry = createOperatorRegistry({ path: registryFile, now, onFault: () => {} })
  const records = createAdministrativeRecords({
    gatewayId: GATEWAY_ID,
    log,
    crypto,
    digests,
    sealKey,
    catalogVersion: () => catalog.version,
    policyVersion: () => policyVersion,
    newId,
    now,
  })
  const gate = createOperatorGate({ registry, tokens, records, onRefused: () => {} })
  const management = await listen(
    createApp({
      logger,
      guard,
      routes: [
        operatorTokenRoutes({
          ...common,
          gatewayId: GATEWAY_ID,
          registry,
          crypto,
          replay,
          log,
          onRefused: () => {},
        }),
        service.managementRoutes({ gate, records }),
      ],
    }),
    { host: '127.0.0.1', port: 0 },
  )

  const post = async (url: string, headers: Record<string, string>, body: string): Promise<Answer> => {
    const response = await fetch(url, { method: 'POST', headers, body })
    return { status: response.status, body: await response.json() }
  }
  const jti = (): string => randomBytes(16).toString('base64url')
  const systemKey = (system: string) => importSigningJwk({ ...seeded.installation.systemKeys.get(system)!.jwk })

  return {
    seeded,
    service,
    digests,
    grants,
    dataUrl: data.url,
    managementUrl: management.url,
    operatorKeyFile: (who) => join(dir, `${who}.jwk.json`),
    clock: {
      get ms() {
        return now()
      },
      set ms(value) {
        clock.offset = value - Date.now()
      },
    },
    async send(system, op, members) {
      const iat = Math.floor(now() / 1000)
      const payload = { jti: jti(), ...members, iss: system, aud: GATEWAY_ID, op, iat, exp: iat + 120 }
      const jws = await signCompactJws(crypto, systemKey(system), { typ: REQUEST_TYP }, JSON.stringify(payload))
      return post(`${data.url}/v1/${op}`, { 'content-type': 'application/jose' }, jws)
    },
    async sendPlain(system, op, members) {
      const token = await tokens.issue(system, 'data')
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      return post(`${data.url}/v1/${op}`, headers, JSON.stringify({ jti: jti(), ...members }))
    },
    async admin(who, path, body) {
      const iat = Math.floor(now() / 1000)
      const { id } = PEOPLE[who]
      const claims = { iss: id, sub: id, aud: GATEWAY_ID, iat, exp: iat + 60, jti: jti() }
      const assertion = await signCompactJws(
        crypto,
        importSigningJwk({ ...operatorKeys[who] }),
        {},
        JSON.stringify(claims),
      )
      const granted = (await (await fetch(`${management.url}/oauth/token`, tokenForm(assertion))).json()) as {
        access_token: string
      }
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${granted.access_token}` }
      return post(`${management.url}${path}`, headers, JSON.stringify(body))
    },
    async identityToken(claims, { key } = {}) {
      const iat = Math.floor(now() / 1000)
      const whole = { iss: IDENTITY_ISSUER, aud: GATEWAY_ID, iat, exp: iat + 300, jti: jti(), ...claims }
      const signer = importSigningJwk({ ...(key === 'foreign' ? foreignKey : identityKey) })
      return await signCompactJws(crypto, signer, { typ: 'JWT' }, JSON.stringify(whole))
    },
    myData: (token, body = {}) =>
      post(
        `${data.url}/v1/my-data`,
        { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
        JSON.stringify(body),
      ),
    async stop() {
      await data.close(1000)
      await management.close(1000)
      await service.close()
      await log.close()
      await Promise.all([grants.close(), connectors.close(), redis.close()])
      await seeded.stop()
    },
  }
}
