import type { ExchangeError } from '../errors/exchange-error.ts'
import { JwsFormatError, parseCompactJws, verifyCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider, VerificationKey } from '../ports/crypto.ts'
import type { ExchangeLog } from '../ports/exchange-log.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { oauthError } from './token-request.ts'

const SKEW_MS = 30_000
const MAX_LIFETIME_S = 300

/** Somebody who may ask for a token: a registered system, or an operator. */
export interface AssertionClient {
  key(kid: string): Promise<VerificationKey | undefined>
  /** Why the client gets no token although its key is right; asked only after the signature has been found good. */
  refusal(): ExchangeError | undefined
}

export interface ClientAssertionDeps {
  gatewayId: string
  crypto: CryptoProvider
  replay: ReplayGuard
  log: Pick<ExchangeLog, 'claimAssertion'>
  now: () => number
  /** What kind of client this is, in words and for the ids that are used once. */
  kind: { zh: string; en: string; namespace: '' | 'operator:' }
  client: (id: string) => Promise<AssertionClient | undefined>
}

/**
 * The client an assertion speaks for. Systems and operators prove themselves by the same rules.
 *
 * Errors: `request.malformed`, `identity.unknown`, `identity.suspended`, `request.signature`, `request.expired`,
 *         `request.replayed`, and whatever the client's own refusal is.
 * Source: RFC 7523 §3; lifetime ≤ 300 s and `jti` once by design §4.
 */
export async function authenticateClient(deps: ClientAssertionDeps, assertion: string): Promise<string> {
  const jws = parse(assertion)
  const claims = parseJsonObject(jws.payloadBytes)
  const { iss, sub, aud, iat, exp, jti } = claims
  const { zh, en, namespace } = deps.kind
  if (typeof iss !== 'string' || iss !== sub)
    throw oauthError(
      'request.malformed',
      'invalid_client',
      `iss 与 sub 应同为${zh}编号`,
      `iss and sub must both be the ${en} id`,
    )
  const client = await deps.client(iss)
  if (client === undefined)
    throw oauthError('identity.unknown', 'invalid_client', `未登记的${zh}`, `the ${en} is not registered`)
  const key = await client.key(jws.header.kid)
  if (key === undefined || !(await verifyCompactJws(deps.crypto, jws, key))) {
    throw oauthError(
      'request.signature',
      'invalid_client',
      '客户端断言签名无效',
      'the assertion’s signature is not valid',
    )
  }
  const refusal = client.refusal()
  if (refusal !== undefined) throw refusal
  if (aud !== deps.gatewayId && !(Array.isArray(aud) && aud.includes(deps.gatewayId))) {
    throw oauthError('request.malformed', 'invalid_client', 'aud 应为网关编号', 'aud must be the gateway id')
  }
  if (
    typeof iat !== 'number' ||
    typeof exp !== 'number' ||
    exp <= iat ||
    exp - iat > MAX_LIFETIME_S ||
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
  const name = `${namespace}${iss}`
  if ((await deps.replay.claim(`assertion:${name}`, jti, 'assertion', exp * 1000 + SKEW_MS)) !== 'claimed') throw used
  // Redis may be away or wiped: the database decides.
  if (!(await deps.log.claimAssertion(name, jti, exp * 1000 + SKEW_MS))) throw used
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
