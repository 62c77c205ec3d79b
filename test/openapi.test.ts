import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Jwk } from '../gateway/adapters/crypto/jwk.ts'
import { ENROLMENT, SAMPLES } from '../seeds/samples/samples.ts'
import { type Seeded, seededGateway } from './support/seeded-gateway.ts'
import { type Answered, type Call, call, jose, jws, payloadOf, tokenCall, tokenFor } from './support/wire.ts'

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void

interface Operation {
  operationId?: string
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[]
  requestBody?: { required?: boolean; content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
  security?: Record<string, string[]>[]
}
interface OpenApi {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: Record<string, { type: string }> }
}

let city: Seeded
let document: OpenApi
let ajv: Ajv2020
let token: string
beforeAll(async () => {
  city = await seededGateway()
  const served = await call(city.gateway.dataUrl, { method: 'GET', path: '/openapi.json' })
  document = served.json() as unknown as OpenApi
  ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats(ajv)
  ajv.addSchema({ $id: 'openapi', ...document })
  token = (await tokenFor(city.gateway.dataUrl, 'rc-enrolment', keyOf('rc-enrolment'))).json().access_token as string
})
afterAll(() => city?.stop())
const keyOf = (system: string): Jwk => city.installation.systemKeys.get(system)!.jwk

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const operations = (): [path: string, method: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
  )
const refs = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) =>
        name === '$ref' && typeof inner === 'string' ? [inner] : refs(inner),
      )
const pointer = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    )
/** A schema standing somewhere in the document, compiled with the document’s own references. */
const schemaAt = (...path: string[]): ValidateFunction =>
  ajv.compile({
    $ref: `openapi#/${path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`,
  })

describe('/openapi.json is an OpenAPI 3.1 document', () => {
  it('has the members the specification demands', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
    for (const [path, method, operation] of operations()) {
      expect(path).toMatch(/^\//)
      expect(METHODS).toContain(method)
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0)
      for (const [status, { description, content = {} }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^(default|[1-5](\d\d|XX))$/)
        expect(description, `${path} ${status}`).toMatch(/\S/)
        for (const [type, { schema }] of Object.entries(content)) {
          expect(type).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/)
          expect(typeof schema).toBe('object')
        }
      }
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((each) => each.in === 'path')
      expect(declared.map(({ name }) => name)).toEqual(inPath)
      for (const { required } of declared) expect(required).toBe(true)
      for (const need of operation.security ?? [])
        for (const name of Object.keys(need)) expect(document.components.securitySchemes).toHaveProperty(name)
    }
    const ids = operations().flatMap(([, , { operationId }]) => operationId ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[a-zA-Z0-9._-]+$/)
  })

  it('has no reference that leads nowhere or outside', () => {
    const found = refs(document)
    expect(found.length).toBeGreaterThan(10)
    for (const ref of found) {
      expect(ref).toMatch(/^#\//)
      expect(pointer(ref), ref).toBeDefined()
    }
  })

  it('has schemas that are JSON Schema 2020-12', () => {
    const strict = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false })
    addFormats(strict)
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect(strict.validateSchema(schema), name).toBe(true)
      expect(() => schemaAt('components', 'schemas', name)).not.toThrow()
    }
  })

  it('documents nothing that is not served', async () => {
    for (const [path, method] of operations()) {
      const answered = await call(city.gateway.dataUrl, {
        method: method.toUpperCase(),
        path: path.replace(/\{[^}]+\}/g, 'x'),
      })
      expect([path, answered.status]).not.toEqual([path, 405])
      if (answered.status === 404) expect(answered.json().code).toBe('request.unknown-resource')
    }
  })
})

describe('what is answered is what is documented', () => {
  function assertDocumented(path: string, method: string, answered: Answered): void {
    const responses = document.paths[path]?.[method]?.responses ?? {}
    const status = String(answered.status)
    expect(Object.keys(responses), `${path} → ${status}`).toContain(status)
    const type = String(answered.headers['content-type']).split(';')[0]!
    expect(Object.keys(responses[status]!.content ?? {}), `${path} → ${status}`).toContain(type)
    if (!type.endsWith('json')) return
    const validate = schemaAt('paths', path, method, 'responses', status, 'content', type, 'schema')
    expect(validate(answered.json()), `${path} ${status}: ${ajv.errorsText(validate.errors)}`).toBe(true)
  }
  const get = (path: string, headers: Record<string, string> = {}) =>
    call(city.gateway.dataUrl, { method: 'GET', path, headers })
  const withToken = () => ({ authorization: `Bearer ${token}` })
  const asking = async (system: string, op: string, ask: object, headers: Record<string, string> = {}) =>
    call(
      city.gateway.dataUrl,
      jose(`/v1/${op}`, await jws(keyOf(system), payloadOf(system, op, ask as never)), headers),
    )

  it.each(SAMPLES)('$name', async ({ system, mode, request }) => {
    assertDocumented(`/v1/${mode}`, 'post', await asking(system, mode, structuredClone(request)))
  })

  it('requests of the samples fit the published schemas, and those are the ones that are run', () => {
    const plain = Object.fromEntries(
      [...new Set(SAMPLES.map(({ mode }) => mode))].map((mode): [string, ValidateFunction] => [
        mode,
        schemaAt('components', 'schemas', `${mode}-plain`),
      ]),
    )
    const signed = schemaAt('components', 'schemas', 'query-signed')
    for (const { mode, request, expect: outcome, name } of SAMPLES) {
      if (outcome === 'request.malformed' && name === '未约定的成员') continue
      const members = { jti: 'a'.repeat(22), ...request }
      expect(plain[mode]!(members), `${name}: ${ajv.errorsText(plain[mode]!.errors)}`).toBe(true)
    }
    expect(signed(payloadOf('rc-enrolment', 'query', ENROLMENT)), ajv.errorsText(signed.errors)).toBe(true)
    expect(plain.query!({ jti: 'a'.repeat(22), ...ENROLMENT, limit: 1 })).toBe(false)
  })

  it('refusals and failures of an exchange', async () => {
    const url = city.gateway.dataUrl
    const sent = jose('/v1/query', await jws(keyOf('rc-enrolment'), payloadOf('rc-enrolment', 'query', ENROLMENT)))
    const calls: Call[] = [
      sent,
      sent, // a repeat
      jose('/v1/query', 'x'),
      jose('/v1/query', 'x'.repeat(300_000)),
      { ...sent, headers: { 'content-type': 'text/plain' } },
      { ...sent, headers: { 'content-type': 'application/json' } },
    ]
    for (const each of calls) assertDocumented('/v1/query', 'post', await call(url, each))
    assertDocumented('/v1/query', 'post', await asking('rc-enrolment', 'query', ENROLMENT, { accept: 'image/png' }))
    assertDocumented(
      '/v1/query',
      'post',
      await asking('rc-enrolment', 'query', ENROLMENT, { accept: 'application/sd-jwt' }),
    )
    for (const mode of ['error500', 'garbage'] as const) {
      city.providers.services['rc-gaj-http'].setMode(mode)
      const ask = { ...ENROLMENT, fields: ['household-registration.address'], maxAgeSeconds: 0 }
      assertDocumented('/v1/query', 'post', await asking('rc-enrolment', 'query', ask))
    }
    city.providers.services['rc-gaj-http'].setMode('ok')
  })

  it('own exchanges, tokens, keys, catalogue, health', async () => {
    const released = await asking('rc-enrolment', 'query', ENROLMENT)
    const id = String(released.headers['x-exchange-id'])
    for (const [path, headers] of [
      [`/v1/exchanges/${id}`, withToken()],
      [`/v1/exchanges/${id}`, {}],
      ['/v1/exchanges/nobody', withToken()],
    ] as const)
      assertDocumented('/v1/exchanges/{id}', 'get', await get(path, { ...headers }))
    const refused = await asking('rc-enrolment', 'query', { ...ENROLMENT, purpose: '学区房评估' })
    assertDocumented(
      '/v1/exchanges/{id}',
      'get',
      await get(`/v1/exchanges/${refused.headers['x-exchange-id']}`, withToken()),
    )

    assertDocumented('/oauth/token', 'post', await tokenFor(city.gateway.dataUrl, 'rc-land', keyOf('rc-land')))
    assertDocumented('/oauth/token', 'post', await tokenFor(city.gateway.dataUrl, 'rc-legacy', keyOf('rc-legacy')))
    assertDocumented('/oauth/token', 'post', await call(city.gateway.dataUrl, tokenCall('x')))
    assertDocumented('/oauth/token', 'post', await call(city.gateway.dataUrl, { path: '/oauth/token', body: '{}' }))
    assertDocumented('/.well-known/jwks.json', 'get', await get('/.well-known/jwks.json'))
    assertDocumented('/healthz', 'get', await get('/healthz'))
    assertDocumented('/readyz', 'get', await get('/readyz'))
    for (const path of Object.keys(document.paths).filter((each) => /^\/v1\/catalog\/[a-z]+$/.test(each))) {
      const query = path.endsWith('materials') ? `?q=${encodeURIComponent('户口簿')}` : ''
      assertDocumented(path, 'get', await get(path + query, withToken()))
      assertDocumented(path, 'get', await get(path + query))
      assertDocumented(path, 'get', await get(`${path}?nonsense=1`, withToken()))
      if (document.paths[`${path}/{id}`])
        assertDocumented(`${path}/{id}`, 'get', await get(`${path}/none`, withToken()))
    }
    assertDocumented('/v1/catalog/datasets/{id}', 'get', await get('/v1/catalog/datasets/real-estate', withToken()))
  })
})

describe('/docs works without a network', () => {
  it('loads only what this gateway serves, and its policy lets nothing else be fetched', async () => {
    const page = await call(city.gateway.dataUrl, { method: 'GET', path: '/docs' })
    expect(page.status).toBe(200)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    for (const source of policy.split(';').flatMap((part) => part.trim().split(/\s+/).slice(1)))
      expect(["'none'", "'self'", "'unsafe-inline'", 'data:']).toContain(source)
    const loaded = [...page.text.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, path]) => path!)
    expect(loaded.length).toBeGreaterThan(2)
    for (const path of loaded) {
      expect(path).toMatch(/^\/docs\//)
      const asset = await call(city.gateway.dataUrl, { method: 'GET', path })
      expect(asset.status).toBe(200)
      expect(asset.headers['content-type']).toMatch(path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/)
      if (path.endsWith('.css')) expect(asset.text).not.toMatch(/@import|url\(\s*['"]?(https?:)?\/\//)
    }
    const start = await call(city.gateway.dataUrl, { method: 'GET', path: '/docs/start.js' })
    expect(start.text).toContain("url: '/openapi.json'")
    expect(start.text).toContain('validatorUrl: null')
    expect(start.text).not.toMatch(/https?:/)
  })
})
