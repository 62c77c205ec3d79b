import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { connectorSchemas } from '../../connectors/index.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { initInstallationKeys } from '../../gateway/adapters/files/installation-keys.ts'
import { loadLogKeys } from '../../gateway/adapters/files/log-keys.ts'
import { LOG_READERS_FILE, logTokenDigest } from '../../gateway/adapters/files/log-readers.ts'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { ed25519NoteKey, formatVkey } from '../../gateway/log/note-key.ts'
import type { Endpoint } from '../../gateway/ports/connector.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { allSeedGrants } from '../grants/index.ts'
import { type DemoOperator, makeOperators } from './operators.ts'
import { makeSystemKeys, type SystemKey, writeWhole } from './system-keys.ts'

export const GATEWAY_ID = 'guanyi:371082'
/** The city's big-data centre runs the gateway. */
const AUTHORITY = 'rc-dsjzx'
const CHECKOUT = resolve(import.meta.dirname, '../..')
const CATALOGS = join(CHECKOUT, 'catalogs')

export interface InstallationOptions {
  /** Keys and files of this installation, 0700. */
  stateDir: string
  /** Owner of the gateway's (existing) database. */
  ownerUrl: string
  redisUrl: string | null
  redisCacheUrl?: string | null
  /** They may still be coming up: everything that does not need them is done meanwhile. */
  endpoints: Record<string, Endpoint> | Promise<Record<string, Endpoint>>
  /** The demonstration city's own unless told. */
  gatewayId?: string
  catalogDir?: string
  /** What that directory holds, where somebody has loaded it already. */
  catalog?: Promise<Catalog>
  grants?: Grant[]
  dataPort?: number
  managementPort?: number
  nowMs: number
}

export interface Installation {
  /** Environment of `guanyi serve`. */
  env: Record<string, string>
  catalog: Catalog
  systemKeys: Map<string, SystemKey>
  /** The service role's URL: what the gateway itself may do. */
  serviceUrl: string
  /** Bearer token that may only read the log. */
  logToken: string
  /** What outsiders check the log with. */
  logVkey: string
  operators: DemoOperator[]
}

/**
 * Makes an empty database and directory into an installation that can serve: schema and service role, seed grants, keys
 * of gateway and systems, endpoints file. Safe to run again on the same state.
 */
export async function prepareInstallation(options: InstallationOptions): Promise<Installation> {
  const { stateDir, ownerUrl, nowMs, gatewayId = GATEWAY_ID, catalogDir = CATALOGS } = options
  const endpoints = Promise.resolve(options.endpoints)
  endpoints.catch(() => undefined) // awaited last; until then a failure of theirs is nobody's
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const crypto = createSoftwareCrypto()
  const catalog = await (options.catalog ?? loadCatalog(catalogDir, { connectorSchemas }))

  const serviceUrl = await migrated(ownerUrl, stateDir, crypto, nowMs)
  const keysDir = join(stateDir, 'gateway-keys')
  const memberKeysDir = join(stateDir, 'member-keys')
  await initInstallationKeys(keysDir, crypto, nowMs)
  const systemKeys = await makeSystemKeys([...catalog.systems.keys()], join(stateDir, 'keys'), memberKeysDir)
  const endpointsFile = join(stateDir, 'endpoints.json')
  await seedGrants(ownerUrl, options.grants ?? allSeedGrants(catalog, nowMs))
  const logToken = await makeLogToken(stateDir, keysDir, crypto)
  const { log } = await loadLogKeys(keysDir)
  const { registryFile, operators } = await makeOperators(stateDir, AUTHORITY)
  await writeWhole(endpointsFile, await endpoints)

  return {
    catalog,
    systemKeys,
    serviceUrl,
    logToken,
    operators,
    logVkey: formatVkey(ed25519NoteKey(gatewayId, log.key)),
    env: {
      GUANYI_PROFILE: 'demo',
      GUANYI_GATEWAY_ID: gatewayId,
      GUANYI_PLATFORM: '威海市政务数据平台（演示）',
      GUANYI_PORT: String(options.dataPort ?? 0),
      GUANYI_MANAGEMENT_PORT: String(options.managementPort ?? 0),
      GUANYI_CATALOG_DIR: catalogDir,
      GUANYI_POLICY_DIR: join(CHECKOUT, 'policies'),
      GUANYI_KEYS_DIR: keysDir,
      GUANYI_MEMBER_KEYS_DIR: memberKeysDir,
      GUANYI_ENDPOINTS_FILE: endpointsFile,
      GUANYI_OPERATORS_FILE: registryFile,
      DATABASE_URL: serviceUrl,
      ...(options.redisUrl !== null && { REDIS_URL: options.redisUrl }),
      ...(options.redisCacheUrl && { REDIS_CACHE_URL: options.redisCacheUrl }),
    },
  }
}

/** The demonstration city's published directory. */
export const loadCityCatalog = (): Promise<Catalog> => loadCatalog(CATALOGS, { connectorSchemas })

/**
 * Roles belong to the whole server and databases of one server may be several installations, so the service role's name
 * carries the database's.
 */
async function migrated(
  ownerUrl: string,
  stateDir: string,
  crypto: ReturnType<typeof createSoftwareCrypto>,
  nowMs: number,
): Promise<string> {
  const database = new URL(ownerUrl).pathname.slice(1)
  const serviceRole = `guanyi_gateway_${database}`.slice(0, 60)
  const passwordFile = join(stateDir, 'service-role.json')
  const stored = await readFile(passwordFile, 'utf8').catch(() => undefined)
  const servicePassword =
    stored === undefined
      ? crypto.random(24).toString('base64url')
      : (JSON.parse(stored) as { password: string }).password
  if (stored === undefined) await writeWhole(passwordFile, { password: servicePassword })
  await migrate(ownerUrl, { serviceRole, servicePassword, nowMs })
  const url = new URL(ownerUrl)
  url.username = serviceRole
  url.password = servicePassword
  return url.href
}

/** One reader of the log; the gateway keeps the digest of its token only. */
async function makeLogToken(
  stateDir: string,
  keysDir: string,
  crypto: ReturnType<typeof createSoftwareCrypto>,
): Promise<string> {
  const file = join(stateDir, 'log-token.json')
  const stored = await readFile(file, 'utf8').catch(() => undefined)
  const token =
    stored === undefined ? crypto.random(32).toString('base64url') : (JSON.parse(stored) as { token: string }).token
  if (stored === undefined) await writeWhole(file, { token })
  await writeWhole(join(keysDir, LOG_READERS_FILE), { readers: [{ id: 'demo', tokenDigest: logTokenDigest(token) }] })
  return token
}

/** Terms of the seed grants are relative to now, so they are put again at every start; what an operator changed is reset. */
async function seedGrants(ownerUrl: string, grants: Grant[]): Promise<void> {
  const store = createPostgresGrantStore({ url: ownerUrl, now: Date.now })
  try {
    await store.putAll(grants, 'seed')
  } finally {
    await store.close()
  }
}
