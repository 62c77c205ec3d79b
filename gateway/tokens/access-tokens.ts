import { ExchangeError } from '../errors/exchange-error.ts'
import { JwsFormatError, parseCompactJws, signCompactJws, verifyCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider, SigningKey, VerificationKey } from '../ports/crypto.ts'
import { parseJsonObject } from '../requests/json-body.ts'

/** A token opens the data plane or the management plane, never both (design §4). */
export type Plane = 'data' | 'management'
export const TOKEN_LIFETIME_S = 300
const TOKEN_TYP = 'at+jwt'
const SKEW_MS = 30_000

export interface AccessTokens {
  /** A token for one registered client and plane, valid 300 s (RFC 9068 form). */
  issue(clientId: string, plane: Plane, claims?: Record<string, unknown>): Promise<string>
  /**
   * The client id a `Bearer` header speaks for.
   *
   * Errors: `request.unsigned` (no token), `request.signature` (not ours, wrong plane), `request.expired`.
   */
  authenticate(authorization: string | undefined, plane: Plane): Promise<string>
}

export interface AccessTokensDeps {
  gatewayId: string
  crypto: CryptoProvider
  signingKey: () => SigningKey
  /** This gateway's own keys, old ones included. */
  ownKey: (kid: string) => VerificationKey | undefined
  newId: () => string
  now: () => number
}

export function createAccessTokens(deps: AccessTokensDeps): AccessTokens {
  const audience = (plane: Plane): string => `${deps.gatewayId}#${plane}`
  return {
    async issue(clientId, plane, claims = {}) {
      const key = deps.signingKey()
      const iat = Math.floor(deps.now() / 1000)
      const payload = {
        ...claims,
        iss: deps.gatewayId,
        aud: audience(plane),
        sub: clientId,
        client_id: clientId,
        iat,
        exp: iat + TOKEN_LIFETIME_S,
        jti: deps.newId(),
      }
      return await signCompactJws(deps.crypto, key, { typ: TOKEN_TYP }, Buffer.from(JSON.stringify(payload)))
    },

    async authenticate(authorization, plane) {
      const token = /^Bearer ([A-Za-z0-9._-]{1,4096})$/i.exec(authorization ?? '')?.[1]
      if (token === undefined) {
        throw new ExchangeError('request.unsigned', 'no bearer token', {
          publicDetail: {
            zh: '请以 application/jose 签名请求，或先从 /oauth/token 取得访问令牌',
            en: 'sign the request as application/jose, or get a token at /oauth/token first',
          },
          headers: { 'www-authenticate': 'Bearer' },
        })
      }
      const jws = parse(token)
      const key = jws.header.typ === TOKEN_TYP ? deps.ownKey(jws.header.kid) : undefined
      if (key === undefined || !(await verifyCompactJws(deps.crypto, jws, key))) throw invalid('token is not ours')
      const claims = parseJsonObject(jws.payloadBytes)
      if (claims.aud !== audience(plane) || typeof claims.sub !== 'string' || typeof claims.exp !== 'number')
        throw invalid('token is for another plane')
      if (deps.now() > claims.exp * 1000 + SKEW_MS) {
        throw new ExchangeError('request.expired', 'token has expired', {
          publicDetail: { zh: '访问令牌已过期', en: 'the access token has expired' },
          extensions: { serverTime: new Date(deps.now()).toISOString() },
        })
      }
      return claims.sub
    },
  }
}

function parse(token: string): ReturnType<typeof parseCompactJws> {
  try {
    return parseCompactJws(Buffer.from(token))
  } catch (cause) {
    if (cause instanceof JwsFormatError) throw invalid('token is not a compact JWS')
    throw cause
  }
}

function invalid(message: string): ExchangeError {
  return new ExchangeError('request.signature', message, {
    publicDetail: { zh: '访问令牌无效', en: 'the access token is not valid' },
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
