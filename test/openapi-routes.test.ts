import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServedRoute } from '../gateway/gateway.ts'
import { type Seeded, seededGateway } from './support/seeded-gateway.ts'
import { call } from './support/wire.ts'

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void

interface Media {
  schema: object
  example?: unknown
}
interface Operation {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: object[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}
interface OpenApi {
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

/** Served, and nothing a program calls: the description itself and the pages that show it. */
const NOT_DESCRIBED = new Set(['/openapi.json', '/docs', '/docs/start.js', '/docs/:asset'])

let city: Seeded
beforeAll(async () => {
  city = await seededGateway()
})
afterAll(() => city?.stop())

describe.each<{ plane: 'data' | 'management'; urlOf: () => string }>([
  { plane: 'data', urlOf: () => city.gateway.dataUrl },
  { plane: 'management', urlOf: () => city.gateway.managementUrl },
])('/openapi.json of the $plane plane', ({ plane, urlOf }) => {
  let document: OpenApi
  let routes: ServedRoute[]
  let operations: { path: string; method: string; operation: Operation }[]
  beforeAll(async () => {
    document = (await call(urlOf(), { method: 'GET', path: '/openapi.json' })).json() as unknown as OpenApi
    routes = city.gateway.routes[plane].filter(({ path }) => !NOT_DESCRIBED.has(path))
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
  })
  /** A path in braces, with its parameters filled, as a route would have to match it. */
  const matches = (route: ServedRoute, method: string, path: string): boolean =>
    (route.method === 'ALL' || route.method === method) &&
    new RegExp(`^${route.path.replace(/:[a-zA-Z]+(\{[^}]*\})?/g, '[^/]+').replace(/\*/g, '.+')}$`).test(
      path.replace(/\{[^}]+\}/g, 'x'),
    )

  it('describes every route that is served', () => {
    expect(routes.length).toBeGreaterThan(10)
    const undescribed = routes.filter((route) => !operations.some(({ path, method }) => matches(route, method, path)))
    expect(undescribed.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  it('describes nothing that is not served', () => {
    const unserved = operations.filter(({ path, method }) => !routes.some((route) => matches(route, method, path)))
    expect(unserved.map(({ path, method }) => `${method} ${path}`)).toEqual([])
  })

  it('every operation has an id, a summary in Chinese, a declared tag, its security and its refusals', () => {
    const declared = new Set(document.tags.map(({ name }) => name))
    for (const { path, method, operation } of operations) {
      const where = `${method} ${path}`
      expect(operation.operationId ?? '', where).toMatch(/^[a-zA-Z][\w-]*$/)
      expect(operation.summary ?? '', where).toMatch(/\p{Script=Han}/u)
      expect(operation.tags?.length, where).toBe(1)
      expect(declared.has(operation.tags![0]!), where).toBe(true)
      expect(operation.tags![0], where).toMatch(/\p{Script=Han}.* \/ [a-z]/u)
      expect(operation.security, where).toBeDefined()
      expect(
        Object.values(operation.responses).some(({ content }) => content?.['application/problem+json']),
        where,
      ).toBe(true)
    }
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('examples fit their schemas, and there are some', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    addFormats(ajv)
    ajv.addSchema({ $id: 'openapi', ...document })
    const examples = operations.flatMap(({ path, method, operation }) =>
      [operation.requestBody?.content ?? {}, ...Object.values(operation.responses).map(({ content }) => content ?? {})]
        .flatMap((content) => Object.values(content))
        .filter(({ example }) => example !== undefined)
        .map((media) => ({ where: `${method} ${path}`, ...media })),
    )
    expect(examples.length).toBeGreaterThan(2)
    for (const { where, schema, example } of examples) {
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object
      const fits = ajv.compile(absolute)
      expect(fits(example), `${where}: ${ajv.errorsText(fits.errors)}`).toBe(true)
    }
  })

  it('has no reference that leads nowhere', () => {
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!)
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name)
  })
})

describe('what is answered on the management plane', () => {
  it('a call without a key is refused as described', async () => {
    const document = (
      await call(city.gateway.managementUrl, { method: 'GET', path: '/openapi.json' })
    ).json() as unknown as OpenApi
    for (const [path, item] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(item)) {
        if (operation.security?.length === 0) continue
        const answered = await call(city.gateway.managementUrl, {
          method: method.toUpperCase(),
          path: path.replace(/\{[^}]+\}/g, '1'),
        })
        expect([401, 429], `${method} ${path}`).toContain(answered.status)
        expect(Object.keys(operation.responses), path).toContain(String(answered.status))
      }
  })
})
