import { Ajv2020 } from 'ajv/dist/2020.js'

/** Everything the gateway is told from outside, read once at start (`loadConfig`). Secrets are file paths, never values. */
export interface Config {
  /** Issuer of evidence, audience of requests, origin of the log: for life. */
  gatewayId: string
  /** `production` refuses what `demo` lets pass with a warning (R2, R80). */
  profile: 'production' | 'demo'
  /** The government data platform this gateway is a component of (R2; 条例 art. 31). */
  platform: string | null
  data: { host: string; port: number }
  management: { host: string; port: number }
  /** The data plane as people reach it, printed on papers for whoever checks them; no slash at its end. */
  publicUrl: string | null
  databaseUrl: string
  /** Owner of the schema: migrations and maintenance; the gateway itself never uses it. */
  databaseOwnerUrl: string | null
  redisUrl: string | null
  /** Own Redis for the result cache, since queues need `noeviction`. */
  redisCacheUrl: string | null
  catalogDir: string
  policyDir: string
  /** Issuer keys (`issuer.jwks.json`) and secrets (`secrets.json`), 0600. */
  keysDir: string
  /** `<system id>.jwks.json` per registered system; re-read when a file changes. */
  memberKeysDir: string | null
  endpointsFile: string
  /** Who may use the management plane; an absent file lets nobody in. */
  operatorsFile: string
  /** Remembers the last signed size outside the database and its backups; default beside the keys. */
  logAnchorFile: string | null
  /** Who cosigns checkpoints (C2SP tlog-witness); both settings or none. */
  witness: { url: string; vkey: string } | null
  /** The city's identity provider, for `/v1/my-data`: its issuer name and a file with its public keys; both or none. */
  identity: { issuer: string; jwksFile: string } | null
  maxBodyBytes: number
  trustedProxies: string[]
  softwareCryptoAcknowledged: boolean
  /** Milliseconds an exchange may wait for its record. */
  recordTimeoutMs: number
  shutdownTimeoutMs: number
  /** `on`: this process takes batches in and runs them; `intake`: it takes them in for workers (`guanyi work batches`); `off`. */
  batches: 'on' | 'intake' | 'off'
  /** Most rows of one file exported from the log. */
  exportRowLimit: number
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  otlpEndpoint: string | null
}

interface Variable {
  name: string
  /** Default; `undefined` = required; `null` = may be absent. */
  fallback: string | null | undefined
  schema: Record<string, unknown>
}

const text = { type: 'string', minLength: 1 }
const port = { type: 'string', pattern: '^(0|[1-9][0-9]{0,4})$' }
const whole = { type: 'string', pattern: '^[1-9][0-9]{0,9}$' }
const url = (scheme: string) => ({ type: 'string', pattern: `^${scheme}://` })

/** Every variable the gateway knows; others that begin with `GUANYI_` are refused, so that a misspelling cannot pass. */
const VARIABLES = {
  gatewayId: {
    name: 'GUANYI_GATEWAY_ID',
    fallback: undefined,
    schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9:.-]{2,63}$' },
  },
  profile: { name: 'GUANYI_PROFILE', fallback: 'production', schema: { enum: ['production', 'demo'] } },
  platform: { name: 'GUANYI_PLATFORM', fallback: null, schema: text },
  host: { name: 'GUANYI_HOST', fallback: '127.0.0.1', schema: text },
  port: { name: 'GUANYI_PORT', fallback: '8080', schema: port },
  managementHost: { name: 'GUANYI_MANAGEMENT_HOST', fallback: '127.0.0.1', schema: text },
  managementPort: { name: 'GUANYI_MANAGEMENT_PORT', fallback: '8081', schema: port },
  publicUrl: { name: 'GUANYI_PUBLIC_URL', fallback: null, schema: { type: 'string', pattern: '^https?://[^/?#]+$' } },
  databaseUrl: { name: 'DATABASE_URL', fallback: undefined, schema: url('postgres(ql)?') },
  databaseOwnerUrl: { name: 'DATABASE_OWNER_URL', fallback: null, schema: url('postgres(ql)?') },
  redisUrl: { name: 'REDIS_URL', fallback: null, schema: url('rediss?') },
  redisCacheUrl: { name: 'REDIS_CACHE_URL', fallback: null, schema: url('rediss?') },
  catalogDir: { name: 'GUANYI_CATALOG_DIR', fallback: 'catalogs', schema: text },
  policyDir: { name: 'GUANYI_POLICY_DIR', fallback: 'policies', schema: text },
  keysDir: { name: 'GUANYI_KEYS_DIR', fallback: undefined, schema: text },
  memberKeysDir: { name: 'GUANYI_MEMBER_KEYS_DIR', fallback: null, schema: text },
  endpointsFile: { name: 'GUANYI_ENDPOINTS_FILE', fallback: undefined, schema: text },
  identityIssuer: { name: 'GUANYI_IDENTITY_ISSUER', fallback: null, schema: text },
  identityJwksFile: { name: 'GUANYI_IDENTITY_JWKS_FILE', fallback: null, schema: text },
  operatorsFile: { name: 'GUANYI_OPERATORS_FILE', fallback: '.guanyi/operators.json', schema: text },
  logAnchorFile: { name: 'GUANYI_LOG_ANCHOR_FILE', fallback: null, schema: text },
  witnessUrl: { name: 'GUANYI_WITNESS_URL', fallback: null, schema: url('https?') },
  witnessVkey: {
    name: 'GUANYI_WITNESS_VKEY',
    fallback: null,
    schema: { type: 'string', pattern: '^[^ +]+\\+[0-9a-f]{8}\\+' },
  },
  maxBodyBytes: { name: 'GUANYI_MAX_BODY_BYTES', fallback: '262144', schema: whole },
  trustedProxies: { name: 'GUANYI_TRUSTED_PROXIES', fallback: '', schema: { type: 'string' } },
  softwareCrypto: { name: 'GUANYI_SOFTWARE_CRYPTO', fallback: 'refuse', schema: { enum: ['refuse', 'acknowledged'] } },
  recordTimeoutMs: { name: 'GUANYI_RECORD_TIMEOUT_MS', fallback: '3000', schema: whole },
  shutdownTimeoutMs: { name: 'GUANYI_SHUTDOWN_TIMEOUT_MS', fallback: '15000', schema: whole },
  batches: { name: 'GUANYI_BATCHES', fallback: 'on', schema: { enum: ['on', 'intake', 'off'] } },
  exportRowLimit: { name: 'GUANYI_EXPORT_ROW_LIMIT', fallback: '10000', schema: whole },
  logLevel: {
    name: 'GUANYI_LOG_LEVEL',
    fallback: 'info',
    schema: { enum: ['debug', 'info', 'warn', 'error', 'silent'] },
  },
  otlpEndpoint: { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', fallback: null, schema: url('https?') },
} satisfies Record<string, Variable>

/** Read by the command line and by tests only; known here so that they are not taken for misspellings. */
const ELSEWHERE = new Set([
  'GUANYI_URL',
  'GUANYI_SYSTEM',
  'GUANYI_KEY_FILE',
  'GUANYI_STATE_DIR',
  'GUANYI_DATABASE_ROLE',
  'GUANYI_AUDIT_THRESHOLDS_FILE',
])

/** Why the gateway does not start: one line per fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(readonly faults: string[]) {
    super(`配置有误，拒绝启动 / configuration refused:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  }
}

/**
 * Reads the environment once and answers a frozen, typed configuration.
 *
 * Errors: `ConfigError` naming every faulty variable, never its value.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Readonly<Config> {
  const ajv = new Ajv2020({ strict: true })
  const faults: string[] = []
  const read = {} as Record<keyof typeof VARIABLES, string | null>
  for (const [key, variable] of Object.entries(VARIABLES) as [keyof typeof VARIABLES, Variable][]) {
    const value = env[variable.name] === '' ? undefined : env[variable.name]
    read[key] = value ?? variable.fallback ?? null
    if (value === undefined && variable.fallback === undefined) faults.push(`${variable.name}: 必填 / required`)
    else if (value !== undefined && !ajv.validate(variable.schema, value)) {
      faults.push(`${variable.name}: ${ajv.errorsText(ajv.errors, { dataVar: 'value' })}`)
    }
  }
  const known = new Set<string>(Object.values(VARIABLES).map((variable) => variable.name))
  for (const name of Object.keys(env)) {
    if (name.startsWith('GUANYI_') && !known.has(name) && !ELSEWHERE.has(name))
      faults.push(`${name}: 未知配置项 / unknown setting`)
  }
  if ((read.witnessUrl === null) !== (read.witnessVkey === null)) {
    faults.push('GUANYI_WITNESS_URL, GUANYI_WITNESS_VKEY: 须同时设置或都不设置 / set both or neither')
  }
  if ((read.identityIssuer === null) !== (read.identityJwksFile === null))
    faults.push('GUANYI_IDENTITY_ISSUER, GUANYI_IDENTITY_JWKS_FILE: 须同时设置 / set both or none')
  if (read.profile === 'production') {
    if (read.platform === null)
      faults.push(
        'GUANYI_PLATFORM: 须写明所属政务数据平台（政务数据共享条例第31条） / name the platform this belongs to',
      )
    if (read.softwareCrypto !== 'acknowledged') {
      faults.push(
        'GUANYI_SOFTWARE_CRYPTO: 生产环境使用软件密码模块须明确确认 / set to `acknowledged` to run production on software cryptography',
      )
    }
    if (read.redisUrl === null) faults.push('REDIS_URL: 必填 / required in production')
  }
  if (faults.length > 0) throw new ConfigError(faults)

  return Object.freeze({
    gatewayId: read.gatewayId!,
    profile: read.profile as Config['profile'],
    platform: read.platform,
    data: { host: read.host!, port: Number(read.port) },
    management: { host: read.managementHost!, port: Number(read.managementPort) },
    publicUrl: read.publicUrl,
    databaseUrl: read.databaseUrl!,
    databaseOwnerUrl: read.databaseOwnerUrl,
    redisUrl: read.redisUrl,
    redisCacheUrl: read.redisCacheUrl ?? read.redisUrl,
    catalogDir: read.catalogDir!,
    policyDir: read.policyDir!,
    keysDir: read.keysDir!,
    memberKeysDir: read.memberKeysDir,
    endpointsFile: read.endpointsFile!,
    operatorsFile: read.operatorsFile!,
    logAnchorFile: read.logAnchorFile,
    witness:
      read.witnessUrl === null || read.witnessVkey === null ? null : { url: read.witnessUrl, vkey: read.witnessVkey },
    identity:
      read.identityIssuer === null || read.identityJwksFile === null
        ? null
        : { issuer: read.identityIssuer, jwksFile: read.identityJwksFile },
    maxBodyBytes: Number(read.maxBodyBytes),
    trustedProxies: read
      .trustedProxies!.split(',')
      .map((part) => part.trim())
      .filter(Boolean),
    softwareCryptoAcknowledged: read.softwareCrypto === 'acknowledged',
    recordTimeoutMs: Number(read.recordTimeoutMs),
    shutdownTimeoutMs: Number(read.shutdownTimeoutMs),
    batches: read.batches as Config['batches'],
    exportRowLimit: Number(read.exportRowLimit),
    logLevel: read.logLevel as Config['logLevel'],
    otlpEndpoint: read.otlpEndpoint,
  })
}
