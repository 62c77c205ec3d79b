import { Hono } from 'hono'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { JwsFormatError, parseCompactJws, verifyCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { KeySource } from '../ports/key-source.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import { readBody } from '../requests/body.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { clientAddress, inNetworks } from '../requests/networks.ts'
import { type AccessTokens, TOKEN_LIFETIME_S } from '../tokens/access-tokens.ts'
import type { Bindings } from './exchanges.ts'

export interface OauthDeps {
  gatewayId: string
  catalog: () => Catalog
  keys: KeySource
  crypto: CryptoProvider
  tokens: AccessTokens
  replay: ReplayGuard
  log: Pick<ExchangeLog, 'claimAssertion'>
  trustedProxies: readonly string[]
  publicJwks: () => object
  now: () => number
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const SKEW_MS = 30_000

/** `POST /oauth/token` (RFC 6749 §4.4 with RFC 7523 client assertions) and `GET /.well-known/jwks.json`. */
export function oauthRoutes(deps: OauthDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get('/.well-known/jwks.json', (c) => c.json(deps.publicJwks(), 200, { 'cache-control': 'public, max-age=300' }))
  app.post('/oauth/token', async (c) => {
    if (!(c.req.header('content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')) {
      throw oauthError(
        'request.malformed',
        'invalid_request',
        '请求体类型应为 application/x-www-form-urlencoded',
        'send application/x-www-form-urlencoded',
        415,
      )
    }
    const form = new URLSearchParams((await readBody(c, 16_384)).toString('utf8'))
    if (form.get('grant_type') !== 'client_credentials') {
      throw oauthError(
        'request.malformed',
        'unsupported_grant_type',
        'grant_type 应为 client_credentials',
        'grant_type must be client_credentials',
      )
    }
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
      throw oauthError(
        'request.malformed',
        'invalid_request',
        `client_assertion_type 应为 ${ASSERTION_TYPE}`,
        `client_assertion_type must be ${ASSERTION_TYPE}`,
      )
    }
    const address = clientAddress(
      c.env.incoming?.socket.remoteAddress ?? null,
      c.req.header('x-forwarded-for'),
      deps.trustedProxies,
    )
    const systemId = await authenticateClient(deps, form.get('client_assertion') ?? '', address)
    const token = await deps.tokens.issue(systemId, 'data')
    return c.json({ access_token: token, token_type: 'Bearer', expires_in: TOKEN_LIFETIME_S }, 200, {
      'cache-control': 'no-store',
      pragma: 'no-cache',
    })
  })
  return app
}

/**
 * The system a client assertion speaks for.
 *
 * Errors: `identity.unknown`, `identity.suspended`, `request.signature`, `request.expired`, `request.replayed`.
 * Source: RFC 7523 §3; lifetime ≤ 300 s and `jti` once by design §4.
 */
async function authenticateClient(deps: OauthDeps, assertion: string, address: string | null): Promise<string> {
  const jws = parse(assertion)
  const claims = parseJsonObject(jws.payloadBytes)
  const { iss, sub, aud, iat, exp, jti } = claims
  if (typeof iss !== 'string' || iss !== sub)
    throw oauthError(
      'request.malformed',
      'invalid_client',
      'iss 与 sub 应同为系统编号',
      'iss and sub must both be the system id',
    )
  const registered = deps.catalog().systems.get(iss)
  if (registered === undefined)
    throw oauthError('identity.unknown', 'invalid_client', '未登记的系统', 'the system is not registered')
  const key = await deps.keys.find(iss, jws.header.kid)
  if (key === undefined || !(await verifyCompactJws(deps.crypto, jws, key))) {
    throw oauthError(
      'request.signature',
      'invalid_client',
      '客户端断言签名无效',
      'the assertion’s signature is not valid',
    )
  }
  if (registered.system.status === 'suspended')
    throw oauthError('identity.suspended', 'invalid_client', '系统已被停用', 'the system is suspended')
  const { networks } = registered.system
  if (networks.length > 0 && (address === null || !inNetworks(address, networks))) {
    throw oauthError(
      'access.denied',
      'invalid_client',
      '来源地址不在登记的网络范围内',
      'the address is outside the registered networks',
    )
  }
  if (aud !== deps.gatewayId && !(Array.isArray(aud) && aud.includes(deps.gatewayId))) {
    throw oauthError('request.malformed', 'invalid_client', 'aud 应为网关编号', 'aud must be the gateway id')
  }
  if (
    typeof iat !== 'number' ||
    typeof exp !== 'number' ||
    exp <= iat ||
    exp - iat > 300 ||
    typeof jti !== 'string' ||
    !/^[A-Za-z0-9_-]{22,64}$/.test(jti)
  ) {
    throw oauthError(
      'request.malformed',
      'invalid_client',
      '断言须含 iat、exp（不超过 300 秒）与 jti',
      'the assertion needs iat, exp (at most 300 s later) and jti',
    )
  }
  const nowMs = deps.now()
  if (nowMs > exp * 1000 + SKEW_MS || nowMs < iat * 1000 - SKEW_MS) {
    throw oauthError(
      'request.expired',
      'invalid_client',
      '断言不在有效时间内',
      'the assertion is outside its time of validity',
      undefined,
      { serverTime: new Date(nowMs).toISOString() },
    )
  }
  const used = oauthError('request.replayed', 'invalid_client', '断言已被使用', 'the assertion was used before')
  if ((await deps.replay.claim(`assertion:${iss}`, jti, 'assertion', exp * 1000 + SKEW_MS)) !== 'claimed') throw used
  // Redis may be away or wiped: the database decides.
  if (!(await deps.log.claimAssertion(iss, jti, exp * 1000 + SKEW_MS))) throw used
  return iss
}

function parse(assertion: string): ReturnType<typeof parseCompactJws> {
  try {
    return parseCompactJws(Buffer.from(assertion))
  } catch (cause) {
    if (cause instanceof JwsFormatError)
      throw oauthError(
        'request.malformed',
        'invalid_request',
        '缺少或无法解析 client_assertion',
        'client_assertion is missing or not a JWS',
      )
    throw cause
  }
}

/** A problem document that OAuth clients understand too (`error`, `error_description`: RFC 6749 §5.2). */
function oauthError(
  code: ExchangeError['code'],
  error: string,
  zh: string,
  en: string,
  status?: number,
  extensions: Record<string, unknown> = {},
): ExchangeError {
  return new ExchangeError(code, en, {
    publicDetail: { zh, en },
    extensions: { error, error_description: en, ...extensions },
    ...(status !== undefined && { status }),
  })
}
