import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { generateJwk, importSigningJwk, importVerificationJwk, toPublicJwk } from '../../gateway/adapters/crypto/jwk.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import {
  type Answer,
  type Ask,
  createClient,
  EvidenceError,
  GuanyiProblem,
  GuanyiUnreachable,
} from '../../gateway/client/index.ts'
import { type EvidenceClaims, issueEvidence } from '../../gateway/evidence/sd-jwt.ts'
import { parseCompactJws, verifyCompactJws } from '../../gateway/jose/compact-jws.ts'

/** A gateway that answers whatever a test wants, over real HTTP: what must be shown is how the client takes it. */
const crypto = createSoftwareCrypto()
const gatewayKey = importSigningJwk({ ...generateJwk('ES256', 'gw-1') })
const strangerKey = importSigningJwk({ ...generateJwk('ES256', 'gw-1') })
const systemJwk = generateJwk('ES256', 'sys-1')
let server: Server
let url: string
let respond: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void | Promise<void>
let seen: { path: string; body: Buffer; language: string | undefined; authorization: string | undefined }[]
let jwksReads: number

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      if (request.url === '/.well-known/jwks.json') {
        jwksReads += 1
        return void response.end(JSON.stringify({ keys: [toPublicJwk(gatewayKey)] }))
      }
      seen.push({
        path: request.url ?? '',
        body,
        language: request.headers['accept-language'],
        authorization: request.headers.authorization,
      })
      void respond(request, body, response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((done) => server.close(done)))
beforeEach(() => {
  seen = []
  jwksReads = 0
})

const ask = {
  scenario: 'P2.1',
  purpose: '义务教育入学资格核验',
  subject: { type: 'person', idType: 'resident-id', id: '371099201907120017' },
  fields: ['household-registration.address'],
} as Ask
const client = (changes: { timeoutMs?: number; language?: 'en' } = {}) =>
  createClient({ url, gatewayId: 'guanyi:371082', system: 'rc-enrolment', key: systemJwk, ...changes })

const SOURCES = {
  'household-registration': {
    provider: 'rc-gaj',
    status: 'ok',
    asOf: null,
    fetchedAt: null,
    cache: 'miss',
    masked: [],
  },
} as Answer['sources']

/** An honest answer to the request received, or one spoilt in claims or members. */
async function answer(
  body: Buffer,
  spoil: { claims?: Partial<EvidenceClaims>; answer?: Record<string, unknown>; key?: typeof gatewayKey } = {},
): Promise<string> {
  const data = { 'household-registration': { address: '测试路1号' } }
  const claims: EvidenceClaims = {
    iss: 'guanyi:371082',
    aud: 'rc-enrolment',
    iat: 1,
    jti: 'x-1',
    requestHash: crypto.digest('SHA-256', body).toString('base64url'),
    mode: 'query',
    scenario: 'P2.1',
    subject: ask.subject,
    catalogVersion: 'c',
    policyVersion: 'p',
    grants: ['g'],
    sources: SOURCES,
    data,
    ...spoil.claims,
  }
  const { compact } = await issueEvidence(claims, {
    crypto,
    key: spoil.key ?? gatewayKey,
    random: (bytes) => crypto.random(bytes),
  })
  const decision = { grants: ['g'], policies: ['within-grant'] }
  return JSON.stringify({
    exchangeId: 'x-1',
    complete: true,
    data,
    sources: SOURCES,
    decision,
    evidence: compact,
    ...spoil.answer,
  })
}

describe('a request', () => {
  it('is signed over all its members, for this gateway, this operation, once', async () => {
    respond = async (_request, body, response) => void response.end(await answer(body))
    await client().query(ask)
    await client().query(ask)
    const [first, second] = seen.map(({ body }) => parseCompactJws(body))
    expect(first!.header).toEqual({ alg: 'ES256', kid: 'sys-1', typ: 'exchange-request+jws' })
    const { d: _private, ...publicJwk } = systemJwk
    expect(await verifyCompactJws(crypto, first!, importVerificationJwk({ ...publicJwk }))).toBe(true)
    const [payload, other] = [first!, second!].map(({ payloadBytes }) => JSON.parse(payloadBytes.toString('utf8')))
    expect(payload).toMatchObject({ ...ask, iss: 'rc-enrolment', aud: 'guanyi:371082', op: 'query' })
    expect(payload.exp - payload.iat).toBeLessThanOrEqual(300)
    expect(Buffer.from(payload.jti, 'base64url')).toHaveLength(16)
    expect(other.jti).not.toBe(payload.jti)
  })
  it('asks in the reader’s language', async () => {
    respond = async (_request, body, response) => void response.end(await answer(body))
    await client({ language: 'en' }).query(ask)
    expect(seen[0]!.language).toBe('en')
  })
})

describe('an answer', () => {
  it('is handed over with its evidence verified; the keys are fetched once', async () => {
    respond = async (_request, body, response) => void response.end(await answer(body))
    const asking = client()
    const got = await asking.query(ask)
    await asking.query(ask)
    expect(got.data).toEqual({ 'household-registration': { address: '测试路1号' } })
    expect(got.verified).toMatchObject({ ok: true, claims: { jti: 'x-1' } })
    expect(jwksReads).toBe(1)
  })
  const otherData = { 'household-registration': { address: '别处' } }
  it.each<{ name: string; spoil: Parameters<typeof answer>[1]; says: string }>([
    { name: 'evidence of another gateway', spoil: { claims: { iss: 'guanyi:other' } }, says: 'iss' },
    { name: 'evidence for another system', spoil: { claims: { aud: 'rc-fund' } }, says: 'aud' },
    { name: 'evidence of another exchange', spoil: { claims: { jti: 'x-2' } }, says: 'jti' },
    { name: 'evidence of another request', spoil: { claims: { requestHash: 'AAAA' } }, says: 'requestHash' },
    { name: 'a value the evidence does not hold', spoil: { answer: { data: otherData } }, says: 'data' },
    { name: 'a field more than the evidence', spoil: { answer: { data: { ...otherData, x: {} } } }, says: 'data' },
    { name: 'sources the evidence does not name', spoil: { answer: { sources: {} } }, says: 'sources' },
    { name: 'results out of nowhere', spoil: { answer: { results: { 'a.b': 'match' } } }, says: 'results' },
    { name: 'a signature by somebody else', spoil: { key: strangerKey }, says: 'signature' },
    { name: 'no evidence', spoil: { answer: { evidence: undefined } }, says: 'no evidence' },
  ])('with $name is not handed over', async ({ spoil, says }) => {
    respond = async (_request, body, response) => void response.end(await answer(body, spoil))
    const thrown = await client()
      .query(ask)
      .catch((each: unknown) => each)
    expect(thrown).toBeInstanceOf(EvidenceError)
    expect((thrown as Error).message).toContain(says)
  })
})

describe('what is no answer', () => {
  it('a refusal keeps its whole document', async () => {
    const problem = {
      type: 'urn:guanyi:problem:access.denied',
      title: '未获授权',
      status: 403,
      code: 'access.denied',
      origin: 'consumer',
      retry: false,
      reasons: [],
    }
    respond = (_request, _body, response) =>
      void response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
    const thrown = await client()
      .query(ask)
      .catch((each: unknown) => each)
    expect(thrown).toBeInstanceOf(GuanyiProblem)
    expect((thrown as GuanyiProblem).problem).toEqual(problem)
  })
  it.each([
    {
      name: 'a proxy’s error page',
      reply: (response: ServerResponse) => response.writeHead(502).end('<html>Bad Gateway'),
    },
    {
      name: 'JSON of another server',
      reply: (response: ServerResponse) => response.writeHead(404).end('{"error":"x"}'),
    },
    {
      name: 'a redirect',
      reply: (response: ServerResponse) => response.writeHead(302, { location: '/elsewhere' }).end(),
    },
    { name: 'a connection cut', reply: (response: ServerResponse) => response.destroy() },
    { name: 'silence', reply: () => undefined },
  ])('$name is no gateway', async ({ reply }) => {
    respond = (_request, _body, response) => void reply(response)
    const thrown = await client({ timeoutMs: 300 })
      .query(ask)
      .catch((each: unknown) => each)
    expect(thrown).toBeInstanceOf(GuanyiUnreachable)
    expect((thrown as Error).message).not.toContain('371099')
  })
  it('nobody there', async () => {
    const asking = createClient({ url: 'http://127.0.0.1:1', gatewayId: 'g:1', system: 's', key: systemJwk })
    await expect(asking.query(ask)).rejects.toThrow(GuanyiUnreachable)
  })
})

describe('a token', () => {
  it('is fetched once and used until shortly before it ends', async () => {
    let nowMs = 1_000_000
    let issued = 0
    respond = (request, _body, response) => {
      if (request.url === '/oauth/token') issued += 1
      response.end(
        JSON.stringify(request.url === '/oauth/token' ? { access_token: `t${issued}`, expires_in: 300 } : { ok: 1 }),
      )
    }
    const asking = createClient({
      url,
      gatewayId: 'guanyi:371082',
      system: 'rc-enrolment',
      key: systemJwk,
      now: () => nowMs,
    })
    await asking.get('/v1/exchanges/x-1')
    await asking.exchange('x-1')
    expect(issued).toBe(1)
    nowMs += 280_000
    await asking.exchange('a/b')
    expect(issued).toBe(2)
    expect(seen.at(-1)).toMatchObject({ path: '/v1/exchanges/a%2Fb', authorization: 'Bearer t2' })
    const form = new URLSearchParams(seen[0]!.body.toString('utf8'))
    const assertion = parseCompactJws(Buffer.from(form.get('client_assertion')!))
    expect(JSON.parse(assertion.payloadBytes.toString('utf8'))).toMatchObject({
      iss: 'rc-enrolment',
      sub: 'rc-enrolment',
      aud: 'guanyi:371082',
      exp: 1_120,
    })
  })
})
