import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { inject } from 'vitest'
import { generateJwk, importSigningJwk, type Jwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { createMemoryReplayGuard } from '../../gateway/adapters/memory/replay-guard.ts'
import { createPostgresExchangeLog } from '../../gateway/adapters/postgres/log/exchange-log.ts'
import { createApp } from '../../gateway/app.ts'
import { signCompactJws } from '../../gateway/jose/compact-jws.ts'
import { createOperatorGate } from '../../gateway/operators/gate.ts'
import { createOperatorRegistry } from '../../gateway/operators/registry.ts'
import type { AdministrativeRecords, OperatorGate, OperatorRole } from '../../gateway/operators/types.ts'
import type { ExchangeLog } from '../../gateway/ports/exchange-log.ts'
import { createAdministrativeRecords } from '../../gateway/record/administrative.ts'
import { createExchangeId } from '../../gateway/record/exchange-id.ts'
import { createSubjectDigests, type SubjectDigests } from '../../gateway/record/subject-digests.ts'
import { createStrangers } from '../../gateway/requests/strangers.ts'
import { adminOperatorRoutes } from '../../gateway/routes/admin-operators.ts'
import type { Bindings } from '../../gateway/routes/exchanges.ts'
import { operatorTokenRoutes } from '../../gateway/routes/operator-token.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { createAccessTokens } from '../../gateway/tokens/access-tokens.ts'
import { type MigratedDatabase, migratedDatabase } from '../adapters/postgres/database.ts'

export const GATEWAY = 'guanyi:test'
export const crypto = createSoftwareCrypto()
export const DIGEST_KEY = { id: 'k1', bytes: Buffer.alloc(32, 1) }
export const SEAL_KEY = { id: 'k1', bytes: Buffer.alloc(32, 2) }

/** One operator per role, with keys made for the test. */
export const PEOPLE = {
  system: { id: 'op-system', name: '测试系管', role: 'system-administrator' },
  security: { id: 'op-security', name: '测试安管', role: 'security-administrator' },
  audit: { id: 'op-audit', name: '测试审计', role: 'audit-administrator' },
} as const satisfies Record<string, { id: string; name: string; role: OperatorRole }>
export type Who = keyof typeof PEOPLE

export interface Management {
  database: MigratedDatabase
  log: ExchangeLog
  digests: SubjectDigests
  records: AdministrativeRecords
  gate: OperatorGate
  issuer: Jwk
  keys: Record<Who, Jwk>
  registryFile: string
  /** Codes of refusals, as a counter would see them. */
  refusals: string[]
  /** The plane with further routes. */
  app(...routes: Hono<Bindings>[]): { request(path: string, init?: RequestInit): Promise<Response> }
  token(who: Who): Promise<string>
  assertion(who: Who, changes?: Record<string, unknown>): Promise<string>
  writeRegistry(content: unknown): Promise<void>
  entries(): Promise<Record<string, unknown>[]>
  clock: { ms: number }
  stop(): Promise<void>
}

export const registryEntry = (who: Who, jwk: Jwk, changes: object = {}) => ({
  ...PEOPLE[who],
  member: 'rc-dsj',
  status: 'active',
  jwks: { keys: [toPublicJwk(importSigningJwk({ ...jwk }))] },
  ...changes,
})

/** The management plane on a real database, with a clock the test holds. */
export async function management(): Promise<Management> {
  const database = await migratedDatabase()
  const log = createPostgresExchangeLog({ url: database.url })
  const clock = { ms: Date.now() }
  const now = (): number => clock.ms
  const digests = createSubjectDigests(crypto, DIGEST_KEY)
  const newId = createExchangeId((bytes) => crypto.random(bytes))
  const issuer = generateJwk('ES256', 'issuer-1')
  const signing = importSigningJwk({ ...issuer })
  const registryFile = join(mkdtempSync(join(inject('runDir'), 'operators-')), 'operators.json')
  const keys = {
    system: generateJwk('ES256', 'op-system-1'),
    security: generateJwk('EdDSA', 'op-security-1'),
    audit: generateJwk('SM2', 'op-audit-1'),
  }
  async function writeRegistry(content: unknown): Promise<void> {
    await writeFile(`${registryFile}.new`, typeof content === 'string' ? content : JSON.stringify(content))
    await rename(`${registryFile}.new`, registryFile)
    clock.ms += 1_001
  }
  await writeRegistry({
    operators: (['system', 'security', 'audit'] as const).map((who) => registryEntry(who, keys[who])),
  })

  const refusals: string[] = []
  const onRefused = (code: string): void => void refusals.push(code)
  const registry = createOperatorRegistry({ path: registryFile, now, onFault: () => {} })
  const tokens = createAccessTokens({
    gatewayId: GATEWAY,
    crypto,
    signingKey: () => signing,
    ownKey: (kid) => (kid === signing.kid ? signing : undefined),
    newId: () => newId(now()),
    now,
  })
  const records = createAdministrativeRecords({
    gatewayId: GATEWAY,
    log,
    crypto,
    digests,
    sealKey: SEAL_KEY,
    catalogVersion: () => 'c1',
    policyVersion: () => 'p1',
    newId,
    now,
  })
  const gate = createOperatorGate({ registry, tokens, records, onRefused })
  const replay = createMemoryReplayGuard({ now })
  const tokenRoutes = operatorTokenRoutes({
    gatewayId: GATEWAY,
    registry,
    crypto,
    tokens,
    replay,
    log,
    onRefused,
    now,
  })
  const strangers = createStrangers()
  const app: Management['app'] = (...routes) => {
    const whole = createApp({
      logger: createLogger('silent'),
      guard: { strangers, trustedProxies: [] },
      routes: [tokenRoutes, adminOperatorRoutes({ gate }), ...routes],
    })
    // What the HTTP server adds to a call: whose it is.
    return {
      request: async (path, init) =>
        await whole.request(path, init, { incoming: { socket: { remoteAddress: '127.0.0.1' } } }),
    }
  }

  async function assertion(who: Who, changes: Record<string, unknown> = {}): Promise<string> {
    const iat = Math.floor(now() / 1000)
    const { id } = PEOPLE[who]
    const claims = { iss: id, sub: id, aud: GATEWAY, iat, exp: iat + 60, jti: randomBytes(20).toString('base64url') }
    return await signCompactJws(
      crypto,
      importSigningJwk({ ...keys[who] }),
      {},
      JSON.stringify({ ...claims, ...changes }),
    )
  }
  return {
    database,
    log,
    digests,
    records,
    gate,
    issuer,
    keys,
    registryFile,
    refusals,
    app,
    assertion,
    writeRegistry,
    clock,
    async token(who) {
      const answer = await app().request('/oauth/token', tokenForm(await assertion(who)))
      return ((await answer.json()) as { access_token: string }).access_token
    },
    async entries() {
      const rows = await database.sql<{ entry: Buffer }>('select entry from records order by index')
      return rows.map(({ entry }) => JSON.parse(entry.toString()) as Record<string, unknown>)
    },
    async stop() {
      await log.close()
      await database.drop()
    },
  }
}

export const tokenForm = (assertion: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }).toString(),
})
