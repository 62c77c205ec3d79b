import type { IdType } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Subject } from '../exchange.ts'
import { JwsFormatError, parseCompactJws, verifyCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider, VerificationKey } from '../ports/crypto.ts'
import type { ReplayGuard } from '../ports/replay-guard.ts'
import { parseJsonObject } from '../requests/json-body.ts'
import { normaliseSubject } from '../requests/subjects.ts'

/** A person or an organisation's officer, as the city's identity provider (统一身份认证) says who they are. */
export interface IdentityClaim {
  subject: Subject
  tokenId: { iss: string; jti: string; expiresAtMs: number }
}

export interface IdentityTokensDeps {
  issuer: string
  /** This gateway's id. */
  audience: string
  find: (kid: string) => Promise<VerificationKey | undefined>
  crypto: CryptoProvider
  replay: ReplayGuard
  now: () => number
}

const SKEW_MS = 30_000
const MAX_LIFETIME_S = 300
const TYPE_OF: Partial<Record<IdType, Subject['type']>> = {
  'resident-id': 'person',
  'residence-permit-hmt': 'person',
  'foreign-permanent-resident': 'person',
  passport: 'person',
  uscc: 'organisation',
}

/**
 * Who presents a token of the identity provider: signed by its key, for this gateway, at most five minutes long, and
 * used once (refused early here, and finally by the record's transaction, which keeps its id).
 *
 * Errors: `request.unsigned` (none), `request.signature` (another issuer, audience or key, or no identity in it),
 *         `request.expired`, `request.replayed`, `subject.invalid`. All mean a stranger: counted, not recorded.
 * Source: RFC 7519 §4.1; claims `idType` and `id` as agreed with the provider.
 */
export function createIdentityTokens(deps: IdentityTokensDeps) {
  return async function authenticate(authorization: string | undefined, exchangeId: string): Promise<IdentityClaim> {
    const token = /^Bearer ([A-Za-z0-9._-]{1,8192})$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) {
      throw new ExchangeError('request.unsigned', 'no bearer token', {
        publicDetail: { zh: '请先登录统一身份认证平台', en: 'log in at the identity provider first' },
        headers: { 'www-authenticate': 'Bearer' },
      })
    }
    const jws = parse(token)
    const key = await deps.find(jws.header.kid)
    if (key === undefined || !(await verifyCompactJws(deps.crypto, jws, key))) throw invalid('key')
    const claims = parseJsonObject(jws.payloadBytes)
    const { iss, aud, iat, exp, jti, idType, id } = claims
    if (iss !== deps.issuer) throw invalid('issuer')
    if (aud !== deps.audience && !(Array.isArray(aud) && aud.includes(deps.audience))) throw invalid('audience')
    if (typeof iat !== 'number' || typeof exp !== 'number' || exp <= iat || exp - iat > MAX_LIFETIME_S)
      throw invalid('lifetime')
    if (typeof jti !== 'string' || !/^[A-Za-z0-9._-]{8,128}$/.test(jti)) throw invalid('jti')
    assertFresh(iat, exp, deps.now())
    const type = typeof idType === 'string' ? TYPE_OF[idType as IdType] : undefined
    if (type === undefined || typeof id !== 'string') throw invalid('identity')
    const subject = normaliseSubject({ type, idType: idType as IdType, id }, '/token', deps.now())

    const expiresAtMs = exp * 1000 + SKEW_MS
    if ((await deps.replay.claim(`identity:${deps.issuer}`, jti, exchangeId, expiresAtMs)) !== 'claimed')
      throw usedToken()
    return { subject, tokenId: { iss: `identity:${deps.issuer}`, jti, expiresAtMs } }
  }
}

export function usedToken(): ExchangeError {
  return new ExchangeError('request.replayed', 'the identity token was used before', {
    publicDetail: { zh: '该登录凭证已使用，请重新获取', en: 'this identity token was used; get another' },
  })
}

function assertFresh(iat: number, exp: number, nowMs: number): void {
  if (nowMs <= exp * 1000 + SKEW_MS && nowMs >= iat * 1000 - SKEW_MS) return
  throw new ExchangeError('request.expired', 'the identity token is outside its time', {
    publicDetail: { zh: '登录凭证不在有效时间内', en: 'the identity token is outside its time of validity' },
    extensions: { serverTime: new Date(nowMs).toISOString() },
  })
}

function parse(token: string): ReturnType<typeof parseCompactJws> {
  try {
    return parseCompactJws(Buffer.from(token))
  } catch (cause) {
    if (cause instanceof JwsFormatError) throw invalid('form')
    throw cause
  }
}

function invalid(what: string): ExchangeError {
  return new ExchangeError('request.signature', `identity token: \`${what}\``, {
    publicDetail: { zh: '身份凭证无效', en: 'the identity token is not valid' },
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
