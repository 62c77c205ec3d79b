import { createHash } from 'node:crypto'
import { type Context, type Env, Hono } from 'hono'
import { compareIds } from '../catalog/load.ts'
import { filterNames, findPublished, isPublishedKind, type PublishedKind, showPublished } from '../catalog/published.ts'
import { findMaterial, searchForm } from '../catalog/search.ts'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { decodeCursor, encodeCursor, readLimit, readParameters, readText } from './catalog-parameters.ts'

export interface CatalogRoutesDeps {
  catalog: () => Catalog
  /** Whether the caller holds a grant that reads the dataset now; null when nobody can tell. Never asked for `not-shared` ones. */
  mayUse?: (c: Context, datasetId: string) => Promise<boolean | null>
}

/**
 * `GET /v1/catalog/{datasets|scenarios|items|forms|certificates|bundles}[/{id}]` and `/v1/catalog/materials?q=` (design §10).
 *
 * Shape:  lists are `{ catalogVersion, total, entries, next }`; `next` is an opaque cursor, null at the end. A material
 *         answers whether it can be had by sharing, and from whom (R13, R44).
 * Errors: `request.unknown-resource` for an unknown kind or id; `request.malformed` for an unknown, repeated or unusable
 *         parameter: a misspelt filter that was ignored would look like an answer.
 */
export function catalogRoutes<E extends Env = Env>({ catalog, mayUse }: CatalogRoutesDeps): Hono<E> {
  const app = new Hono<E>()

  app.get('/v1/catalog/materials', async (c) => {
    const current = catalog()
    const { q } = readParameters(c, ['q'])
    const material = readText('q', q ?? '')
    const found = findMaterial(current, material)
    const matches = await Promise.all(
      found.map(async ({ dataset, ...match }) => ({
        ...match,
        dataset: dataset === null ? null : { ...pick(current, dataset), ...(await usable(c, current, dataset)) },
      })),
    )
    return answer(c, current, { material, obtainable: found[0]?.obtainable ?? 'unknown', matches })
  })

  app.get('/v1/catalog/:kind', async (c) => {
    const current = catalog()
    const kind = kindOf(c.req.param('kind'))
    const { q, limit, cursor, ...filters } = readParameters(c, ['q', 'limit', 'cursor', ...filterNames(kind)])
    const text = q === undefined ? {} : { q: searchForm(readText('q', q)) }
    for (const [name, value] of Object.entries(filters)) readText(name, value)

    const ids = findPublished(current, kind, { ...text, filters })
    const after = cursor === undefined ? undefined : decodeCursor(cursor, kind)
    const rest = after === undefined ? ids : ids.filter((id) => compareIds(id, after) > 0)
    const page = rest.slice(0, readLimit(limit))
    const next = page.length < rest.length ? encodeCursor(kind, page.at(-1)!) : null

    const entries = await Promise.all(
      page.map(async (id) => ({
        ...showPublished(current, kind, id, 'summary'),
        ...(kind === 'datasets' && (await usable(c, current, id))),
      })),
    )
    if (next !== null) c.header('link', `<${nextAddress(c, next)}>; rel="next"`)
    return answer(c, current, { total: ids.length, entries, next })
  })

  app.get('/v1/catalog/:kind/:id', async (c) => {
    const current = catalog()
    const kind = kindOf(c.req.param('kind'))
    readParameters(c, [])
    const id = c.req.param('id')
    const entry = showPublished(current, kind, id, 'detail')
    if (entry === undefined) throw new ExchangeError('request.unknown-resource', `no such entry of \`${kind}\``)
    return answer(c, current, { entry: { ...entry, ...(kind === 'datasets' && (await usable(c, current, id))) } })
  })

  /** `mayUse` where the gateway can tell; false, whoever asks, for what is not shared: such a dataset can never be granted. */
  async function usable(c: Context, current: Catalog, id: string): Promise<{ mayUse?: boolean | null }> {
    if (current.datasets.get(id)?.shareClass === 'not-shared') return { mayUse: false }
    return mayUse === undefined ? {} : { mayUse: await mayUse(c, id) }
  }

  /** Answers, or says that the caller has it already: the tag changes with the catalogue, and with grants where they show. */
  function answer(c: Context, current: Catalog, content: Record<string, unknown>): Response {
    const body = JSON.stringify({ catalogVersion: current.version, ...content })
    const tag = mayUse === undefined ? `"${current.version}"` : `"${current.version}.${digest(body)}"`
    c.header('etag', tag)
    c.header('cache-control', 'private, no-cache')
    if (matches(c.req.header('if-none-match'), tag)) return c.body(null, 304)
    return c.body(body, 200, { 'content-type': 'application/json; charset=utf-8' })
  }

  return app
}

function kindOf(kind: string): PublishedKind {
  if (isPublishedKind(kind)) return kind
  throw new ExchangeError('request.unknown-resource', 'no such kind of catalogue entry')
}

function pick(catalog: Catalog, dataset: string): Record<string, unknown> {
  const { id, code, name, owner, shareClass, shareClassName, notShared } = showPublished(
    catalog,
    'datasets',
    dataset,
    'summary',
  )!
  return { id, code, name, owner, shareClass, shareClassName, ...(notShared !== undefined && { notShared }) }
}

function nextAddress(c: Context, cursor: string): string {
  const url = new URL(c.req.url)
  url.searchParams.set('cursor', cursor)
  return `${url.pathname}${url.search}`
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)

/** RFC 9110 §13.1.2: a list of tags, compared weakly, or `*`. */
const matches = (header: string | undefined, tag: string): boolean =>
  (header ?? '')
    .split(',')
    .map((part) => part.trim().replace(/^W\//, ''))
    .some((part) => part === tag || part === '*')
