import { createHmac, createPublicKey } from 'node:crypto'
import { generateJwk } from '../../../gateway/adapters/crypto/jwk.ts'
import { PUPIL } from '../../../seeds/population/cast.ts'
import { ENROLMENT } from '../../../seeds/samples/samples.ts'
import { jose, jws, payloadOf } from '../../support/wire.ts'
import { badMember, nowS, person, type Row, sender, stranger } from './row.ts'

/** Wrong envelopes, tokens and HTTP. */

export const ENVELOPE: Row[] = [
  badMember('for another gateway', { aud: 'guanyi:371000' }, 'aud'),
  badMember('audience as a list', { aud: ['guanyi:371082'] }),
  badMember('for another operation', { op: 'verify' }, 'op'),
  badMember('for an operation that there is not', { op: '../query' }, 'op'),
  badMember('exp 301 s after iat', { iat: nowS(), exp: nowS() + 301 }, 'exp'),
  badMember('exp before iat', { iat: nowS(), exp: nowS() - 1 }, 'exp'),
  badMember('iat as text', { iat: '1760000000' }),
  sender('expired', 401, 'request.expired', (t) => t.signed(t.payload({ iat: nowS() - 400, exp: nowS() - 100 }))),
  sender('from the future', 401, 'request.expired', (t) =>
    t.signed(t.payload({ iat: nowS() + 40, exp: nowS() + 160 })),
  ),
  sender('issued in the year 33658', 401, 'request.expired', (t) =>
    t.signed(t.payload({ iat: 1e12, exp: 1e12 + 100 })),
  ),
  stranger('no iss', 400, 'request.malformed', (t) => t.signed(t.payload({ iss: undefined }))),
  stranger('unknown system', 401, 'identity.unknown', (t) => t.signed(t.payload({ iss: 'rc-nobody' }))),
  stranger('system named like a member of Object', 401, 'identity.unknown', (t) =>
    t.signed(t.payload({ iss: '__proto__' })),
  ),
  stranger('system named like a path', 401, 'identity.unknown', (t) =>
    t.signed(t.payload({ iss: '../keys/rc-enrolment' })),
  ),
  sender('suspended system', 403, 'identity.suspended', async (t) =>
    jose('/v1/query', await jws(t.key_of('rc-legacy'), payloadOf('rc-legacy', 'query', ENROLMENT))),
  ),
  stranger('wrong key under the right number', 401, 'request.signature', async (t) =>
    jose('/v1/query', await jws(generateJwk('ES256', t.key.kid), t.payload())),
  ),
  stranger('unknown key number', 401, 'request.signature', async (t) =>
    jose('/v1/query', await jws(generateJwk('ES256', 'rc-enrolment-2'), t.payload())),
  ),
  stranger('key of another system', 401, 'request.signature', async (t) =>
    jose('/v1/query', await jws(t.key_of('rc-land'), t.payload())),
  ),
  stranger('key of another system under our key number', 401, 'request.signature', async (t) =>
    jose('/v1/query', await jws({ ...t.key_of('rc-land'), kid: t.key.kid }, t.payload())),
  ),
  stranger('one bit of the signature changed', 401, 'request.signature', async (t) => {
    const { body, ...rest } = await t.signed(t.payload())
    const parts = String(body).split('.')
    const bytes = Buffer.from(parts[2]!, 'base64url')
    bytes[10]! ^= 1
    return { ...rest, body: `${parts[0]}.${parts[1]}.${bytes.toString('base64url')}` }
  }),
  stranger('payload exchanged under the signature', 401, 'request.signature', async (t) => {
    const { body, ...rest } = await t.signed(t.payload())
    const [header, , signature] = String(body).split('.')
    const other = Buffer.from(JSON.stringify(t.payload({ purpose: '其他' }))).toString('base64url')
    return { ...rest, body: `${header}.${other}.${signature}` }
  }),
  stranger('signature of zeros', 401, 'request.signature', async (t) =>
    jose('/v1/query', await jws(t.key, t.payload(), { signature: () => Buffer.alloc(64) })),
  ),
  stranger('signature in DER form', 401, 'request.signature', async (t) =>
    jose('/v1/query', await jws(t.key, t.payload(), { signature: () => Buffer.from([0x30, 0x06, 2, 1, 1, 2, 1, 1]) })),
  ),
  stranger('alg none with an empty signature', 400, 'request.malformed', async (t) =>
    jose('/v1/query', await jws(t.key, t.payload(), { header: { alg: 'none' }, signature: () => '' })),
  ),
  stranger('alg none with some signature', 401, 'request.signature', async (t) =>
    jose('/v1/query', await jws(t.key, t.payload(), { header: { alg: 'none' }, signature: () => 'AAAA' })),
  ),
  stranger('HS256 with the public key as secret', 401, 'request.signature', async (t) => {
    const { d: _private, ...half } = t.key
    const pem = createPublicKey({ key: half as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    return jose(
      '/v1/query',
      await jws(t.key, t.payload(), {
        header: { alg: 'HS256' },
        signature: (input) => createHmac('sha256', pem).update(input).digest(),
      }),
    )
  }),
  stranger('a key in the header', 401, 'request.signature', async (t) => {
    const own = generateJwk('ES256', t.key.kid)
    return jose('/v1/query', await jws(own, t.payload(), { header: { jwk: own, jku: 'http://127.0.0.1/' } }))
  }),
  stranger('no typ', 400, 'request.malformed', (t) => t.signed(t.payload(), { typ: undefined })),
  stranger('typ of an access token', 400, 'request.malformed', (t) => t.signed(t.payload(), { typ: 'at+jwt' })),
  stranger('no kid', 400, 'request.malformed', (t) => t.signed(t.payload(), { kid: undefined })),
  stranger('kid as a number', 400, 'request.malformed', (t) => t.signed(t.payload(), { kid: 1 })),
  stranger('crit', 400, 'request.malformed', (t) => t.signed(t.payload(), { crit: ['exp'], exp: 1 })),
  stranger('four parts', 400, 'request.malformed', async (t) =>
    jose('/v1/query', `${await jws(t.key, t.payload())}.AA`),
  ),
  stranger('padding', 400, 'request.malformed', async (t) => jose('/v1/query', `${await jws(t.key, t.payload())}==`)),
  stranger('empty JOSE body', 400, 'request.malformed', () => jose('/v1/query', '')),
  stranger('a line end after the JWS', 400, 'request.malformed', async (t) =>
    jose('/v1/query', `${await jws(t.key, t.payload())}\n`),
  ),
]

export const TOKENS: Row[] = [
  stranger('no token', 401, 'request.unsigned', (t) => ({
    path: '/v1/query',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(t.members()),
  })),
  stranger('Basic instead of Bearer', 401, 'request.unsigned', (t) => ({
    path: '/v1/query',
    headers: { 'content-type': 'application/json', authorization: 'Basic cmMtZW5yb2xtZW50Og==' },
    body: JSON.stringify(t.members()),
  })),
  stranger('token altered', 401, 'request.signature', async (t) => {
    const [header, payload, signature] = t.token.split('.')
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object
    const other = Buffer.from(JSON.stringify({ ...claims, sub: 'rc-land' })).toString('base64url')
    return t.plain(JSON.stringify(t.members()), { authorization: `Bearer ${header}.${other}.${signature}` })
  }),
  stranger('an assertion in place of a token', 401, 'request.signature', async (t) => {
    const claims = { iss: 'rc-enrolment', sub: 'rc-enrolment', aud: 'guanyi:371082#data', exp: nowS() + 60 }
    return t.plain(JSON.stringify(t.members()), {
      authorization: `Bearer ${await jws(t.key, claims, { header: { typ: 'at+jwt' } })}`,
    })
  }),
  stranger('something that is no JWS as a token', 401, 'request.signature', (t) =>
    t.plain(JSON.stringify(t.members()), { authorization: 'Bearer abc' }),
  ),
  sender('token with an envelope in the body', 400, 'request.malformed', (t) => t.plain(JSON.stringify(t.payload()))),
  sender('token where the dataset demands a signature', 403, 'access.denied', async (t) =>
    t.plain(
      JSON.stringify(
        t.members({
          subject: { ...person, ...PUPIL },
          fields: ['disability-certificate.severe'],
          scenario: 'P2.3',
          item: 'rongcheng-p-016',
        }),
      ),
    ),
  ),
]

export const HTTP: Row[] = [
  stranger('unknown media type', 415, 'request.malformed', async (t) => ({
    ...(await t.signed(t.payload())),
    headers: { 'content-type': 'text/plain' },
  })),
  stranger('no media type', 415, 'request.malformed', async (t) => ({ ...(await t.signed(t.payload())), headers: {} })),
  stranger('form in place of JSON', 415, 'request.malformed', () => ({
    path: '/v1/query',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `id=${PUPIL.id}`,
  })),
  sender('Accept that cannot be met', 406, 'request.malformed', async (t) => {
    const { headers, ...rest } = await t.signed(t.payload())
    return { ...rest, headers: { ...headers, accept: 'text/html, image/*;q=0.5' } }
  }),
  sender('Accept that rules everything out', 406, 'request.malformed', async (t) => {
    const { headers, ...rest } = await t.signed(t.payload())
    return { ...rest, headers: { ...headers, accept: 'application/json;q=0' } }
  }),
  stranger('compressed body', 400, 'request.malformed', async () => ({
    path: '/v1/query',
    headers: { 'content-type': 'application/jose', 'content-encoding': 'gzip' },
    body: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
  })),
]
