import type { Connector, ConnectorDeps, ConnectorFactory } from '../../gateway/ports/connector.ts'
import { type HttpJsonConfig, configSchema as httpJsonSchema } from '../http-json/config.ts'
import { createHttpJson } from '../http-json/index.ts'
import { basePathOf, leaseHttpPool } from '../network/http-transport.ts'
import { valueAt } from '../values/path.ts'
import { refreshSecret } from './refresh.ts'
import { createSecretSeal, SECRET_CIPHERS, type SecretCipher } from './secret-cipher.ts'
import { createSecretKeeper, type SecretKeeper } from './secret-keeper.ts'
import { signMarks } from './signature.ts'

/** A dataset read through the national exchange platform (国家数据共享交换平台), or a provincial one of its dialect. */
export interface NationalExchangeConfig extends Omit<HttpJsonConfig, 'signing' | 'request' | 'records'> {
  /** `gjgxjhpt_sid`: the service's number on the platform. */
  service: string
  request: Partial<HttpJsonConfig['request']>
  records?: HttpJsonConfig['records']
  secretCipher?: SecretCipher
  /** How long before its end a secret is refreshed. */
  refreshBeforeSeconds?: number
}

const { signing: _signing, request, ...properties } = httpJsonSchema.properties
const { path: _path, ...requestProperties } = request.properties
export const configSchema = {
  ...httpJsonSchema,
  properties: {
    ...properties,
    service: { type: 'string', pattern: '^s_[0-9A-Za-z_]{1,80}$' },
    request: { ...request, properties: { ...requestProperties, path: request.properties.path }, required: [] },
    secretCipher: { enum: [...SECRET_CIPHERS] },
    refreshBeforeSeconds: { type: 'integer', minimum: 1, maximum: 86_400 },
  },
  required: ['endpoint', 'service', 'request'],
} as const

const PROXY_PATH = '/httpproxy'
const REFRESH_BEFORE_SECONDS = 600
const REFRESH_TIMEOUT_MS = 10_000
const OWN_SECRETS = ['rid', 'secret', 'secretEndTime', 'authCode', 'refreshSid']

export const nationalExchange: ConnectorFactory = {
  kind: 'national-exchange',
  configSchema,
  create: createNationalExchange,
}

function createNationalExchange(config: NationalExchangeConfig, deps: ConnectorDeps): Connector {
  const { rid, secret } = deps.endpoint.secret ?? {}
  if (rid === undefined || secret === undefined) throw new Error('the endpoint needs the secrets `rid` and `secret`')
  const { pool, release } = leaseHttpPool(deps.endpoint, deps.networks)
  const { service, secretCipher = 'sha1prng', refreshBeforeSeconds = REFRESH_BEFORE_SECONDS, ...plain } = config
  const keeper = keeperOf()
  const http = createHttpJson(
    {
      outcome: { path: 'code', codes: { '0': 'ok' } },
      records: { path: 'data' },
      ...plain,
      request: { path: PROXY_PATH, ...plain.request },
    },
    deps,
    {
      ownSecrets: OWN_SECRETS,
      async prepare(prepared) {
        const marks = signMarks(rid, service, deps.now(), await keeper.current())
        return { ...prepared, headers: { ...prepared.headers, ...marks } }
      },
      provenance: (body) => {
        const id = valueAt(body, 'requestId')
        return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)
          ? [{ hop: 'national-exchange', exchange: id }]
          : []
      },
      onFailure: () => keeper.doubt(),
    },
  )
  return {
    ...http,
    async close() {
      await http.close()
      await release()
    },
  }

  function keeperOf(): SecretKeeper {
    const { authCode, refreshSid, secretEndTime } = deps.endpoint.secret ?? {}
    const first = { secret: secret as string, endsAtMs: secretEndTime === undefined ? null : Number(secretEndTime) }
    // Without an authorisation code the platform does not renew: the secret given is the secret.
    if (authCode === undefined) return { current: async () => first.secret, doubt: () => undefined }
    if (refreshSid === undefined) throw new Error('the endpoint needs the secret `refreshSid` beside `authCode`')
    if (first.endsAtMs === null || Number.isNaN(first.endsAtMs)) {
      throw new Error('the endpoint needs `secretEndTime` (epoch milliseconds) beside `authCode`')
    }
    const shared = deps.sharedSecrets
    if (shared === undefined) throw new Error('there is no place to keep a refreshed secret')
    const name = `national-exchange ${new URL(deps.endpoint.url).origin} ${rid}`
    const basePath = basePathOf(deps.endpoint)
    const limits = { timeoutMs: REFRESH_TIMEOUT_MS, maxBytes: 64 * 1024 }
    return createSecretKeeper({
      name,
      shared,
      seal: createSecretSeal(authCode, name),
      first,
      refresh: (current) =>
        refreshSecret(
          {
            pool,
            basePath,
            rid: rid as string,
            sid: refreshSid,
            code: authCode,
            cipher: secretCipher,
            limits,
            now: deps.now,
          },
          current,
        ),
      refreshBeforeMs: refreshBeforeSeconds * 1000,
      now: deps.now,
      onFailure: () => deps.alarm?.('secret-refresh'),
    })
  }
}
