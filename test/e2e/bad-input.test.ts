import { createHmac, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateJwk, type Jwk } from '../../gateway/adapters/crypto/jwk.ts'
import type { Ask } from '../../gateway/client/index.ts'
import { FATHER, GUARDIAN, NOBODY, PUPIL } from '../../seeds/population/cast.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Answered, type Call, call, jose, jws, newJti, payloadOf, tokenFor } from '../support/wire.ts'

/** What the table needs of the running gateway. */
interface Tools {
  key: Jwk
  /** The enrolment request as a signed payload, changed. */
  payload(change?: Record<string, unknown>): Record<string, unknown>
  /** A signed query over whatever the payload is. */
  signed(payload: unknown, header?: Record<string, unknown>): Promise<Call>
  /** A query with an access token; the body as given. */
  plain(body: string | Buffer, headers?: Record<string, string>): Promise<Call>
  /** The members of a plain request. */
  members(change?: Record<string, unknown>): Record<string, unknown>
  key_of(system: string): Jwk
  token: string
}

interface Row {
  name: string
  make: (t: Tools) => Promise<Call> | Call
  status: number
  code: string
  /** `sender`: established, so recorded. `stranger`: counted only. */
  by: 'sender' | 'stranger'
  rule?: string
}

const sender = (name: string, status: number, code: string, make: Row['make'], rule?: string): Row => ({
  name,
  make,
  status,
  code,
  by: 'sender',
  ...(rule !== undefined && { rule }),
})
const stranger = (name: string, status: number, code: string, make: Row['make']): Row => ({
  name,
  make,
  status,
  code,
  by: 'stranger',
})
const badMember = (name: string, change: Record<string, unknown>, rule?: string): Row =>
  sender(name, 400, 'request.malformed', (t) => t.signed(t.payload(change)), rule)

const person = { type: 'person', idType: 'resident-id' } as const
const full = (text: string): string =>
  text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
const grouped = (id: string): string => `${id.slice(0, 6)} ${id.slice(6, 14)} ${id.slice(14)}`
const nowS = (): number => Math.floor(Date.now() / 1000)
/** The payload with one member written a second time. */
const twice = (payload: Record<string, unknown>, member: string): string =>
  `${JSON.stringify(payload).slice(0, -1)},${JSON.stringify(member)}:${JSON.stringify(payload[member])}}`

const BYTES: Row[] = [
  stranger('payload: not JSON', 400, 'request.malformed', (t) => t.signed('{"jti": ')),
  sender('plain: not JSON', 400, 'request.malformed', (t) => t.plain('{"jti": ')),
  sender('plain: empty body', 400, 'request.malformed', (t) => t.plain('')),
  sender('plain: invalid UTF-8', 400, 'request.malformed', (t) =>
    t.plain(Buffer.concat([Buffer.from('{"purpose":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')])),
  ),
  sender('plain: GBK instead of UTF-8', 400, 'request.malformed', (t) =>
    t.plain(Buffer.concat([Buffer.from('{"purpose":"'), Buffer.from([0xb2, 0xe2, 0xca, 0xd4]), Buffer.from('"}')])),
  ),
  sender('plain: UTF-16', 400, 'request.malformed', (t) =>
    t.plain(Buffer.from(`\ufeff${JSON.stringify(t.members())}`, 'utf16le')),
  ),
  sender('plain: byte order mark', 400, 'request.malformed', (t) => t.plain(`\ufeff${JSON.stringify(t.members())}`)),
  stranger('payload: byte order mark', 400, 'request.malformed', (t) =>
    t.signed(`\ufeff${JSON.stringify(t.payload())}`),
  ),
  sender('plain: an array', 400, 'request.malformed', (t) => t.plain(JSON.stringify([t.members()]))),
  sender('plain: null', 400, 'request.malformed', (t) => t.plain('null')),
  sender('plain: a string', 400, 'request.malformed', (t) => t.plain(`"${PUPIL.id}"`)),
  sender('plain: two documents', 400, 'request.malformed', (t) => t.plain(`${JSON.stringify(t.members())}{}`)),
  sender('plain: NaN', 400, 'request.malformed', (t) =>
    t.plain(`${JSON.stringify(t.members()).slice(0, -1)},"maxAgeSeconds":NaN}`),
  ),
  sender('plain: Infinity by exponent', 400, 'request.malformed', (t) =>
    t.plain(`${JSON.stringify(t.members()).slice(0, -1)},"maxAgeSeconds":1e999}`),
  ),
  sender('plain: comments and trailing commas', 400, 'request.malformed', (t) =>
    t.plain(`${JSON.stringify(t.members()).slice(0, -1)},/* */}`),
  ),
  sender('plain: nested 100,000 deep', 400, 'request.malformed', (t) =>
    t.plain(`{"subject":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  ),
  sender('payload: nested 50,000 deep', 400, 'request.malformed', (t) =>
    t.signed(`${JSON.stringify(t.payload()).slice(0, -1)},"subject":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`),
  ),
  sender('plain: a member twice', 400, 'request.malformed', (t) => t.plain(twice(t.members(), 'purpose')), 'repeated'),
  sender('payload: subject twice', 400, 'request.malformed', (t) => t.signed(twice(t.payload(), 'subject'))),
  sender('payload: a member twice, once escaped', 400, 'request.malformed', (t) =>
    t.signed(`${JSON.stringify(t.payload()).slice(0, -1)},"purpos\\u0065":"其他"}`),
  ),
  sender('payload: a member twice inside the subject', 400, 'request.malformed', (t) =>
    t.signed(JSON.stringify(t.payload()).replace('"subject":{', `"subject":{"id":"${NOBODY.id}",`)),
  ),
  stranger('declared larger than 256 KiB', 413, 'request.malformed', () => jose('/v1/query', 'x'.repeat(262_145))),
  stranger('chunked larger than 256 KiB', 413, 'request.malformed', () => ({
    ...jose('/v1/query', 'x'.repeat(400_000)),
    chunked: true,
  })),
  sender(
    'no media type of ours is refused before that: 262,144 bytes are read',
    400,
    'request.malformed',
    async (t) => {
      const { body, ...rest } = await t.plain('')
      return { ...rest, body: `{"purpose":"${'长'.repeat(87_370)}"}` }
    },
  ),
]

const MEMBERS: Row[] = [
  badMember('number in place of the resident number', { subject: { ...person, id: Number(PUPIL.id) } }, 'type'),
  badMember(
    'number in place of a party’s number',
    { parties: { guardian: { ...person, id: Number(GUARDIAN.id) } } },
    'type',
  ),
  badMember('number in place of the case number', { case: 11371082 }, 'type'),
  badMember('number in place of a key', { keys: { 'real-estate.unitNo': 371082001001 } }, 'type'),
  badMember('number in place of the request id', { jti: 1e21 }, 'type'),
  badMember('unknown member', { limit: 1 }, 'additionalProperties'),
  badMember('unknown member of the subject', { subject: { ...person, ...PUPIL, phone: '13800000000' } }),
  badMember('unknown member of the operator', { operator: { id: 'jyj-0231', assurance: 'asserted', mobile: '1' } }),
  badMember('__proto__ as a member', JSON.parse('{"__proto__":{"admin":true}}') as Record<string, unknown>),
  badMember('constructor as a party’s role', { parties: { constructor: 1 } }),
  badMember('fields as text', { fields: 'household-registration.address' }),
  badMember('no fields', { fields: [] }, 'minItems'),
  badMember('the same field twice', { fields: ['household-registration.address', 'household-registration.address'] }),
  badMember(
    '257 fields',
    { fields: Array.from({ length: 257 }, (_, n) => `household-registration.f${n}`) },
    'maxItems',
  ),
  badMember('claims in a query', { claims: { 'household-registration.address': 'x' } }),
  badMember('field name of another form', { fields: ['household-registration'] }),
  badMember('field name with a control character', { fields: ['household-registration.address\u0000'] }),
  badMember('field name with full-width letters', { fields: ['household-registration.ａddress'] }),
  badMember('scenario of another form', { scenario: 'P2.1; drop' }),
  badMember('negative age', { maxAgeSeconds: -1 }),
  badMember('fractional age', { maxAgeSeconds: 1.5 }),
  badMember('retryOf that is no exchange id', { retryOf: PUPIL.id }),
  badMember('jti of 21 characters', { jti: 'a'.repeat(21) }),
  badMember('jti of 65 characters', { jti: 'a'.repeat(65) }),
  badMember('jti with other characters', { jti: '请求'.repeat(12) }),
  badMember('no subject', { subject: undefined }, 'required'),
  badMember('no jti', { jti: undefined }, 'required'),
  badMember('empty name', { subject: { ...person, id: PUPIL.id, name: '' } }),
  badMember('purpose of 101 characters', { purpose: '用'.repeat(101) }),
  badMember('lone surrogate in the purpose', { purpose: '核验\ud800' }),
  badMember('control characters in the purpose', { purpose: '核验\r\nlevel=fatal' }),
  badMember('17 parties', {
    parties: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`p${n}`, { ...person, id: GUARDIAN.id }])),
  }),
  sender('verify: an object as a claim', 400, 'request.malformed', async (t) => ({
    ...(await t.signed(
      t.payload({ op: 'verify', fields: undefined, claims: { 'household-registration.address': {} } }),
    )),
    path: '/v1/verify',
  })),
]

const ENVELOPE: Row[] = [
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

const TOKENS: Row[] = [
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

const HTTP: Row[] = [
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

const TEXT: Row[] = [
  badMember('number in the purpose', { purpose: `核验 ${NOBODY.id}` }, 'identifier-in-text'),
  badMember('full-width digits in the purpose', { purpose: `核验${full(NOBODY.id)}` }, 'identifier-in-text'),
  badMember('grouped digits in the purpose', { purpose: `核验 ${grouped(NOBODY.id)}` }, 'identifier-in-text'),
  badMember('15-digit number in the purpose', { purpose: '核验 371099850612001' }, 'identifier-in-text'),
  badMember('the subject’s name in the purpose', { purpose: `核验${PUPIL.name}入学` }, 'identifier-in-text'),
  badMember('the guardian’s number inside a longer word', { purpose: `核验X${GUARDIAN.id}号` }, 'identifier-in-text'),
  badMember('number as the application', { case: undefined, application: NOBODY.id }, 'identifier-in-text'),
  badMember(
    'the subject’s number inside the application',
    { case: undefined, application: `SB${PUPIL.id}` },
    'identifier-in-text',
  ),
  badMember('the subject’s number inside the case', { case: `11371082${PUPIL.id}` }, 'identifier-in-text'),
  badMember(
    'the subject’s number in the case, itself written full-width',
    {
      subject: { ...person, id: full(PUPIL.id), name: PUPIL.name },
      case: `11371082${PUPIL.id}`,
    },
    'identifier-in-text',
  ),
  badMember('the subject’s name as the case', { case: `${PUPIL.name}的办件` }, 'identifier-in-text'),
  badMember(
    'number as the operator’s id',
    { operator: { id: NOBODY.id, assurance: 'asserted' } },
    'identifier-in-text',
  ),
  badMember('number as the operator’s unit', {
    operator: { id: 'jyj-0231', unit: `科室 ${NOBODY.id}`, assurance: 'asserted' },
  }),
  badMember('number in the subject’s name', { subject: { ...person, id: PUPIL.id, name: `王 ${NOBODY.id}` } }),
  badMember(
    'number in a role',
    {
      parties: { [`a-${NOBODY.id.toLowerCase()}`]: { ...person, id: GUARDIAN.id } },
    },
    'identifier-in-text',
  ),
  badMember(
    'the guardian’s number in a role',
    {
      parties: { [`g${GUARDIAN.id}`]: { ...person, id: GUARDIAN.id } },
      fields: ['household-registration.address'],
    },
    'identifier-in-text',
  ),
  badMember(
    'number in a field’s role',
    { fields: [`a-${NOBODY.id}:household-registration.address`] },
    'identifier-in-text',
  ),
  badMember('number as a dataset', { fields: [`x-${NOBODY.id}.address`] }, 'identifier-in-text'),
  badMember('number in a key’s name', { keys: { [`a-${NOBODY.id}:real-estate.unitNo`]: 'x' } }, 'identifier-in-text'),
  badMember('number as the request id', { jti: `req-${NOBODY.id}` }, 'identifier-in-text'),
]

const MEANING: Row[] = [
  sender('unknown scenario', 403, 'access.denied', (t) => t.signed(t.payload({ scenario: 'P99.9' })), 'scenario'),
  sender('unknown item', 403, 'access.denied', (t) => t.signed(t.payload({ item: 'rongcheng-p-999' })), 'item'),
  sender('unknown dataset', 403, 'access.denied', (t) => t.signed(t.payload({ fields: ['bank.balance'] }))),
  sender('dataset named like a member of Object', 403, 'access.denied', (t) =>
    t.signed(t.payload({ fields: ['constructor.name'] })),
  ),
  sender('unknown field', 422, 'field.unknown', (t) => t.signed(t.payload({ fields: ['household-registration.pin'] }))),
  sender('department that does not exist', 403, 'access.denied', (t) => t.signed(t.payload({ onBehalfOf: 'rc-none' }))),
  sender('check digit wrong', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { ...person, id: '371099201907120018' } })),
  ),
  sender('a day that there was not', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { ...person, id: '371099201902300013' } })),
  ),
  sender('a number of letters', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { ...person, id: "' or 1=1 --" } })),
  ),
  sender('kind of number that cannot name this kind of subject', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { type: 'person', idType: 'uscc', id: '91371082PDY1000107' } })),
  ),
  sender('dataset that is not asked by this kind of subject', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ subject: { type: 'organisation', idType: 'uscc', id: '91371082PDY1000107' } })),
  ),
  sender('party’s number wrong', 422, 'subject.invalid', (t) =>
    t.signed(t.payload({ parties: { guardian: { ...person, id: '371099198803120027' } } })),
  ),
  sender('input missing', 422, 'subject.incomplete', (t) =>
    t.signed(t.payload({ fields: ['marriage-registration.married'] })),
  ),
  sender('party missing', 422, 'subject.incomplete', (t) => t.signed(t.payload({ parties: undefined }))),
  sender('not granted', 403, 'access.denied', (t) =>
    t.signed(t.payload({ fields: ['household-registration.ethnicGroup'] })),
  ),
]

const ROWS = [...BYTES, ...MEMBERS, ...ENVELOPE, ...TOKENS, ...HTTP, ...TEXT, ...MEANING]
/** Everything personal that any row sends; nothing of it may come back. */
const NEEDLES = [PUPIL, GUARDIAN, FATHER, NOBODY].flatMap(({ id, name }) => [
  id,
  id.slice(6, 14),
  full(id),
  grouped(id),
  name,
])

let city: Seeded
let tools: Tools
beforeAll(async () => {
  city = await seededGateway()
  const keyOf = (system: string): Jwk => city.installation.systemKeys.get(system)!.jwk
  const key = keyOf('rc-enrolment')
  const token = (await tokenFor(city.gateway.dataUrl, 'rc-enrolment', key)).json().access_token as string
  tools = {
    key,
    token,
    key_of: keyOf,
    payload: (change = {}) => ({ ...payloadOf('rc-enrolment', 'query', ENROLMENT), ...change }),
    members: (change = {}) => ({ ...(ENROLMENT as Ask), jti: newJti(), ...change }),
    signed: async (payload, header = {}) => jose('/v1/query', await jws(key, payload, { header })),
    plain: async (body, headers = {}) => ({
      path: '/v1/query',
      body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    }),
  }
})
afterAll(() => city?.stop())

const records = async (): Promise<number> =>
  Number((await city.sql<{ n: string }>('select count(*) as n from records'))[0]!.n)
const providerCalls = (): number =>
  Object.values(city.providers.services).reduce((sum, service) => sum + service.calls(), 0)
const assertProblem = (answered: Answered, language: 'zh' | 'en'): Record<string, unknown> => {
  expect(answered.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answered.headers['content-language']).toBe(language)
  const problem = answered.json()
  expect(problem).toMatchObject({ status: answered.status, type: `urn:guanyi:problem:${problem.code}` })
  expect(/\p{Script=Han}/u.test(String(problem.title))).toBe(language === 'zh')
  return problem
}

describe('bad input', () => {
  it('the request every row spoils is itself released', async () => {
    const answered = await call(city.gateway.dataUrl, await tools.signed(tools.payload()))
    expect(answered.status, answered.text).toBe(200)
  })

  it.each(ROWS.map((row, at) => ({ ...row, language: at % 3 === 0 ? ('en' as const) : ('zh' as const) })))(
    '$name → $status $code, $by',
    async ({ make, status, code, by, rule, language }) => {
      const sent = await make(tools)
      const before = { records: await records(), calls: providerCalls() }
      const answered = await call(city.gateway.dataUrl, {
        ...sent,
        headers: { ...sent.headers, ...(language === 'en' && { 'accept-language': 'en-GB, zh;q=0.5' }) },
      })
      const problem = assertProblem(answered, language)
      expect({ status: answered.status, code: problem.code }, answered.text).toEqual({ status, code })
      if (rule !== undefined) expect(problem.reasons, answered.text).toContainEqual(expect.objectContaining({ rule }))
      for (const needle of NEEDLES) expect(answered.text).not.toContain(needle)
      expect(providerCalls()).toBe(before.calls)
      expect(await records()).toBe(before.records + (by === 'sender' ? 1 : 0))
      if (by === 'sender') {
        const [last] = await city.sql<{ code: string; entry: Buffer; exchange_id: string }>(
          'select code, entry, exchange_id from records order by index desc limit 1',
        )
        expect(last!.code).toBe(code)
        expect(problem.instance).toBe(`/v1/exchanges/${last!.exchange_id}`)
        for (const needle of NEEDLES) expect(last!.entry.toString()).not.toContain(needle)
      } else expect(problem.instance).toBeUndefined()
    },
  )
})
