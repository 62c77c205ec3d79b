import type { Catalog, MemberEntry, SystemEntry } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { Authenticated, Received } from '../exchange.ts'
import { JwsFormatError, parseCompactJws, verifyCompactJws } from '../jose/compact-jws.ts'
import type { CryptoProvider } from '../ports/crypto.ts'
import type { KeySource } from '../ports/key-source.ts'
import { parseUnverified } from '../requests/json-body.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'

export const REQUEST_TYP = 'exchange-request+jws'

export interface AuthenticateDeps {
  catalog: () => Catalog
  keys: KeySource
  crypto: CryptoProvider
  tokens: AccessTokens
  newId: (nowMs: number) => string
  now: () => number
}

/**
 * Establishes who sends: the signature over the body, or an access token of this gateway.
 *
 * Errors: `request.malformed` (not a JWS, wrong typ, unknown media type), `request.unsigned`, `request.signature`,
 *         `identity.unknown`. All of them mean a stranger: counted, not recorded (invariant 1).
 * Source: design §4; RFC 7515 §5.2.
 */
export const createAuthenticate = (deps: AuthenticateDeps) =>
  async function authenticate(received: Received): Promise<Authenticated> {
    const mediaType = received.contentType.split(';', 1)[0]!.trim().toLowerCase()
    const found =
      mediaType === 'application/jose'
        ? await fromSignature(deps, received)
        : mediaType === 'application/json'
          ? await fromToken(deps, received)
          : unsupported()
    return {
      received,
      exchangeId: deps.newId(received.receivedAtMs),
      catalog: deps.catalog(),
      requestHash: deps.crypto.digest('SHA-256', received.body).toString('base64url'),
      ...found,
    }
  }

type Found = Pick<Authenticated, 'sender' | 'payload' | 'payloadBytes'>

async function fromSignature(deps: AuthenticateDeps, received: Received): Promise<Found> {
  const jws = parse(received.body)
  const { kid, typ } = jws.header
  if (typ !== REQUEST_TYP)
    malformed('the protected header’s `typ` is not that of a request', '/typ', '签名头 typ 应为', REQUEST_TYP)
  const payload = parseUnverified(jws.payloadBytes)
  const iss = payload.iss
  if (typeof iss !== 'string') malformed('`iss` is not a string', '/iss', '缺少签发系统', 'iss')
  const registered = systemOf(deps.catalog(), iss)
  const key = await deps.keys.find(iss, kid)
  if (key === undefined || !(await verifyCompactJws(deps.crypto, jws, key))) {
    throw new ExchangeError('request.signature', 'signature does not verify')
  }
  return { sender: { ...registered, signed: true }, payload, payloadBytes: jws.payloadBytes }
}

async function fromToken(deps: AuthenticateDeps, received: Received): Promise<Found> {
  const systemId = await deps.tokens.authenticate(received.authorization, 'data')
  const sender = { ...systemOf(deps.catalog(), systemId), signed: false }
  return { sender, payload: received.body, payloadBytes: received.body }
}

function parse(body: Buffer): ReturnType<typeof parseCompactJws> {
  try {
    return parseCompactJws(body)
  } catch (cause) {
    if (!(cause instanceof JwsFormatError)) throw cause
    throw new ExchangeError('request.malformed', 'the body is not a compact JWS', {
      publicDetail: { zh: '请求体不是紧凑格式的 JWS', en: 'the body is not a compact JWS' },
      cause,
    })
  }
}

export function systemOf(catalog: Catalog, systemId: string): { system: SystemEntry; member: MemberEntry } {
  const registered = catalog.systems.get(systemId)
  if (registered === undefined) throw new ExchangeError('identity.unknown', 'the system is not registered')
  return registered
}

function unsupported(): never {
  throw new ExchangeError('request.malformed', 'media type is neither application/jose nor application/json', {
    status: 415,
    publicDetail: {
      zh: '请求体类型应为 application/jose 或 application/json',
      en: 'send application/jose or application/json',
    },
  })
}

function malformed(message: string, pointer: string, zh: string, word: string): never {
  throw new ExchangeError('request.malformed', message, {
    reasons: [{ rule: 'header', pointer, zh: `${zh} ${word}`, en: message }],
  })
}
