import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateJwk, importSigningJwk, type Jwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { NOBODY, PUPIL } from '../../seeds/population/cast.ts'
import { ENROLMENT } from '../../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'
import { type Call, call, jose, jws, newJti, payloadOf, rawCall, tokenCall, tokenFor } from '../support/wire.ts'

let city: Seeded
let key: Jwk
/** The gateway's clock, which a test may move. */
let aheadMs = 0
const now = (): number => Date.now() + aheadMs
beforeAll(async () => {
  city = await seededGateway({ now })
  key = keyOf('rc-enrolment')
})
afterAll(() => city?.stop())
const keyOf = (system: string): Jwk => city.installation.systemKeys.get(system)!.jwk
const data = (): string => city.gateway.dataUrl
const management = (): string => city.gateway.managementUrl
const query = async (jwk: Jwk = key, headers: Record<string, string> = {}): Promise<Call> =>
  jose('/v1/query', await jws(jwk, payloadOf('rc-enrolment', 'query', ENROLMENT, now())), headers)

describe('paths and methods', () => {
  const rows: [plane: 'data' | 'management', method: string, path: string, status: number, allow?: string][] = [
    ['data', 'GET', '/', 404],
    ['data', 'GET', '/nowhere', 404],
    ['data', 'POST', '/v1/query/', 404],
    ['data', 'POST', '/v1//query', 404],
    ['data', 'POST', '/V1/QUERY', 404],
    ['data', 'POST', '/v1/query/../verify/x', 404],
    ['data', 'GET', '/v1/query%00', 404],
    ['data', 'GET', '/%E0%A4%A', 404],
    ['data', 'GET', '/docs/../../package.json', 404],
    ['data', 'GET', '/docs/..%2f..%2fpackage.json', 404],
    ['data', 'GET', `/people/${PUPIL.id}`, 404],
    ['data', 'GET', '/metrics', 404],
    ['data', 'GET', '/v1/query', 405, 'POST'],
    ['data', 'PUT', '/v1/query', 405, 'POST'],
    ['data', 'DELETE', '/v1/verify', 405, 'POST'],
    ['data', 'OPTIONS', '/v1/query', 405, 'POST'],
    ['data', 'PATCH', '/v1/exchanges/x', 405, 'GET'],
    ['data', 'GET', '/oauth/token', 405, 'POST'],
    ['data', 'POST', '/.well-known/jwks.json', 405, 'GET'],
    ['data', 'POST', '/openapi.json', 405, 'GET'],
    ['data', 'PROPFIND', '/docs', 405, 'GET'],
    ['management', 'GET', '/nowhere', 404],
    ['management', 'POST', '/v1/query', 404],
    ['management', 'POST', '/metrics', 405, 'GET'],
    ['management', 'DELETE', '/healthz', 405, 'GET'],
  ]
  it.each(rows)('%s plane: %s %s → %i', async (plane, method, path, status, allow) => {
    const answered = await call(plane === 'data' ? data() : management(), { method, path })
    expect(answered.status).toBe(status)
    expect(answered.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answered.headers.allow).toBe(allow)
    expect(answered.json()).toMatchObject({ code: 'request.unknown-resource', status, origin: 'consumer' })
    expect(answered.text).not.toContain(PUPIL.id)
  })

  it.each(['/v1/query', '/nowhere', '/healthz'])('HEAD %s has a head and no body', async (path) => {
    const answered = await call(data(), { method: 'HEAD', path })
    expect([200, 404, 405]).toContain(answered.status)
    expect(answered.text).toBe('')
  })

  it.each([
    ['a line that is no request', `${PUPIL.id}\r\n\r\n`, 400],
    ['a header without a name', 'GET /healthz HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n', 400],
    ['a header with a line end inside', 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: b\n c: d\r\n\r\n', 400],
    ['two lengths', 'POST /v1/query HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc', 400],
    [
      'length and chunks',
      'POST /v1/query HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers of 20 KiB', `GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a host that is none', 'GET /healthz HTTP/1.1\r\nhost: a b/c\r\n\r\n', 400],
    ['a backslash in the path', 'GET /\\\\evil HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ])('%s is answered as a problem, quoting nothing', async (_name, bytes, status) => {
    const text = await rawCall(data(), bytes)
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text.toLowerCase()).toContain('content-type: application/problem+json; charset=utf-8')
    expect(text).toContain('"code":"request.malformed"')
    expect(text).not.toContain(PUPIL.id)
  })

  it('headers a caller sends are never given back, and a correlation id only in a harmless form', async () => {
    for (const id of [NOBODY.id, `x-${NOBODY.id}`, `a${NOBODY.id}`, '371099-19770707-0095', 'case-3710 9919']) {
      await call(data(), await query(key, { 'x-correlation-id': id })).catch(() => undefined)
    }
    const answered = await call(data(), await query(key, { 'x-correlation-id': 'case-4711-a' }))
    expect(answered.status).toBe(200)
    const entries = await city.sql<{ entry: Buffer }>('select entry from records order by index')
    const ids = entries.map(({ entry }) => (JSON.parse(entry.toString()) as { correlationId: unknown }).correlationId)
    expect(new Set(ids)).toEqual(new Set([null, 'case-4711-a']))
    const lines = city.logLines.join('')
    for (const part of [NOBODY.id, '371099-19770707', '3710 9919']) expect(lines).not.toContain(part)
  })
})

describe('client assertions and tokens', () => {
  const claims = (change: Record<string, unknown> = {}) => {
    const iat = Math.floor(now() / 1000)
    return {
      iss: 'rc-enrolment',
      sub: 'rc-enrolment',
      aud: 'guanyi:371082',
      iat,
      exp: iat + 60,
      jti: newJti(),
      ...change,
    }
  }
  const asked = async (change: Record<string, unknown>, jwk = key, header: Record<string, unknown> = {}) =>
    call(data(), tokenCall(await jws(jwk, claims(change), { header: { typ: 'JWT', ...header } })))
  const seconds = () => Math.floor(now() / 1000)

  it.each<[string, () => Promise<{ status: number; json(): Record<string, unknown> }>, number, string]>([
    ['another audience', () => asked({ aud: 'guanyi:371000' }), 400, 'request.malformed'],
    ['iss and sub differ', () => asked({ sub: 'rc-land' }), 400, 'request.malformed'],
    ['longer than 300 s', () => asked({ exp: seconds() + 400 }), 400, 'request.malformed'],
    ['expired', () => asked({ iat: seconds() - 200, exp: seconds() - 100 }), 401, 'request.expired'],
    ['from the future', () => asked({ iat: seconds() + 100, exp: seconds() + 200 }), 401, 'request.expired'],
    ['a short jti', () => asked({ jti: 'abc' }), 400, 'request.malformed'],
    ['an unknown system', () => asked({ iss: 'rc-none', sub: 'rc-none' }), 401, 'identity.unknown'],
    [
      'a suspended system',
      () => asked({ iss: 'rc-legacy', sub: 'rc-legacy' }, keyOf('rc-legacy')),
      403,
      'identity.suspended',
    ],
    ['another system’s key', () => asked({}, keyOf('rc-land')), 401, 'request.signature'],
    ['alg none', () => asked({}, key, { alg: 'none' }), 401, 'request.signature'],
    ['no assertion', () => call(data(), tokenCall('')), 400, 'request.malformed'],
    ['another grant type', () => call(data(), tokenCall('x', { grant_type: 'password' })), 400, 'request.malformed'],
    [
      'JSON in place of a form',
      () => call(data(), { path: '/oauth/token', body: '{}', headers: { 'content-type': 'application/json' } }),
      415,
      'request.malformed',
    ],
    ['a form of 20 KiB', () => call(data(), tokenCall('x'.repeat(20_000))), 413, 'request.malformed'],
  ])('%s gets no token', async (_name, ask, status, code) => {
    const answered = await ask()
    expect({ status: answered.status, code: answered.json().code }).toEqual({ status, code })
    if (status !== 413) expect(answered.json().error).toMatch(/^(invalid|unsupported)_/)
  })

  it('an assertion buys one token', async () => {
    const assertion = await jws(key, claims(), { header: { typ: 'JWT' } })
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(data(), tokenCall(assertion))))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const others = answers.filter(({ status }) => status !== 200)
    for (const { json } of others) expect(json()).toMatchObject({ code: 'request.replayed', error: 'invalid_client' })
  })

  it('a token opens the data plane for 300 s and skew, and never the management plane', async () => {
    const token = (await tokenFor(data(), 'rc-enrolment', key, {}, now())).json().access_token as string
    const authorization = `Bearer ${token}`
    const plain = (): Call => ({
      path: '/v1/query',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ...ENROLMENT, jti: newJti() }),
    })
    expect((await call(data(), plain())).status).toBe(200)
    const own = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { aud: string }
    expect(own.aud).toBe('guanyi:371082#data')
    try {
      aheadMs = 331_000
      const late = await call(data(), plain())
      expect(late.json()).toMatchObject({ code: 'request.expired', serverTime: expect.stringMatching(/Z$/) })
      expect(late.json().instance).toBeUndefined()
    } finally {
      aheadMs = 0
    }
  })
})

describe('keys of a member change while the gateway runs', () => {
  it('a key added works within a second, a key removed stops within a second', async () => {
    const file = join(city.installation.env.GUANYI_MEMBER_KEYS_DIR!, 'rc-enrolment.jwks.json')
    const before = readFileSync(file, 'utf8')
    const publicOf = (jwk: Jwk) => toPublicJwk(importSigningJwk({ ...jwk }))
    const next = generateJwk('EdDSA', 'rc-enrolment-2')
    const tried = async (jwk: Jwk) => (await call(data(), await query(jwk))).status
    try {
      expect(await tried(next)).toBe(401)
      writeFileSync(file, JSON.stringify({ keys: [publicOf(key), publicOf(next)] }))
      await sleep(1_050)
      expect([await tried(next), await tried(key)]).toEqual([200, 200])
      writeFileSync(file, JSON.stringify({ keys: [publicOf(next)] }))
      await sleep(1_050)
      expect([await tried(next), await tried(key)]).toEqual([200, 401])
    } finally {
      writeFileSync(file, before)
      await sleep(1_050)
    }
    expect(await tried(key)).toBe(200)
  })

  it('ES256 and EdDSA both sign requests', async () => {
    const algorithms = new Set([...city.installation.systemKeys.values()].map(({ alg }) => alg))
    expect(algorithms).toEqual(new Set(['ES256', 'EdDSA']))
  })
})

describe('strangers', () => {
  it('are counted, made to wait, and leave no record: guardStrangers in gateway/app.ts', async () => {
    const count = async () => Number((await city.sql<{ n: string }>('select count(*) as n from records'))[0]!.n)
    const before = await count()
    const kinds: Call[] = [
      jose('/v1/query', 'not.a.jws'),
      jose('/v1/query', await jws(generateJwk('ES256', key.kid), payloadOf('rc-enrolment', 'query', ENROLMENT, now()))),
      jose('/v1/verify', 'x'.repeat(262_145)),
      tokenCall('not.an.assertion'),
      { method: 'GET', path: '/v1/exchanges/x' },
      { method: 'GET', path: '/wp-login.php' },
    ]
    const statuses: number[] = []
    for (let at = 0; at < 260 && !statuses.includes(429); at++) {
      statuses.push((await call(data(), kinds[at % kinds.length]!)).status)
    }
    expect(statuses.at(-1)).toBe(429)
    const told = await call(data(), await query())
    expect(told.json()).toMatchObject({ code: 'quota.exceeded', retry: true })
    expect(Number(told.headers['retry-after'])).toBeGreaterThan(0)
    expect(await count()).toBe(before)
    const metrics = (await call(management(), { method: 'GET', path: '/metrics' })).text
    expect(metrics).toMatch(/guanyi_strangers_total\{[^}]*request\.signature[^}]*\} [1-9]/)
  })
})
