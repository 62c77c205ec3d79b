import { Hono } from 'hono'
import { type DigestedCriteria, digestCriteria } from '../audit/criteria.ts'
import type { Cursors } from '../audit/cursor.ts'
import type { RecordLine, RecordSearch } from '../audit/records.ts'
import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import type { SubjectDigests } from '../record/subject-digests.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { readLimit, readParameters } from './catalog-parameters.ts'
import type { Bindings } from './exchanges.ts'

export interface UsesDeps {
  catalog: () => Catalog
  tokens: Pick<AccessTokens, 'authenticate'>
  search: RecordSearch
  digests: SubjectDigests
  cursors: Cursors
  now: () => number
}

/**
 * `GET /v1/uses?dataset=…`: a provider sees every use of its own dataset without asking the consumer (R32): who, in which
 * scenario, for which item and case, why, with what outcome, when, and which of this dataset's fields; not about whom.
 */
export function usesRoutes({ catalog, tokens, search, digests, cursors, now }: UsesDeps): Hono<Bindings> {
  const app = new Hono<Bindings>()
  app.get('/v1/uses', async (c) => {
    const system = await tokens.authenticate(c.req.header('authorization'), 'data')
    const { dataset, limit, cursor, ...span } = readParameters(c, [
      'dataset',
      'from',
      'to',
      'outcome',
      'limit',
      'cursor',
    ])
    assertProvider(catalog(), system, dataset)
    const criteria = digestCriteria({ ...span, dataset }, digests, now())
    const page = await pageOf({ ...criteria, for: system }, criteria, readLimit(limit), cursor)
    if (page.next !== null) {
      const query = new URLSearchParams({
        ...span,
        dataset: dataset!,
        limit: String(readLimit(limit)),
        cursor: page.next,
      })
      c.header('link', `</v1/uses?${query}>; rel="next"`)
    }
    return c.json(page, 200, { 'cache-control': 'no-store' })

    async function pageOf(question: object, asked: DigestedCriteria, most: number, after: string | undefined) {
      const lines = await search.page(asked, after === undefined ? null : cursors.read(question, after), most + 1)
      const shown = lines.slice(0, most)
      const next = lines.length > most ? cursors.make(question, shown.at(-1)!.index) : null
      return { dataset, uses: shown.map((line) => showUse(line, dataset!)), next }
    }
  })
  return app
}

function assertProvider(catalog: Catalog, systemId: string, dataset: string | undefined): void {
  const caller = catalog.systems.get(systemId)
  if (caller === undefined) throw new ExchangeError('identity.unknown', 'the system is not registered')
  if (caller.system.status === 'suspended') throw new ExchangeError('identity.suspended', 'the system is suspended')
  const entry = dataset === undefined ? undefined : catalog.datasets.get(dataset)
  if (entry !== undefined && entry.provider === caller.member.id) return
  // The same for a dataset that does not exist.
  throw new ExchangeError('access.denied', 'not the provider of this dataset', {
    reasons: [
      {
        rule: 'provider-only',
        pointer: '/dataset',
        zh: '只有数据资源的提供部门可以查看其使用记录',
        en: 'only the provider of a dataset can see its uses',
      },
    ],
  })
}

const showUse = (line: RecordLine, dataset: string): Record<string, unknown> => ({
  exchangeId: line.exchangeId,
  recordedAt: new Date(line.recordedAtMs).toISOString(),
  consumer: line.onBehalfOf ?? line.member,
  system: line.system,
  mode: line.mode,
  scenario: line.scenario,
  item: line.item,
  case: line.caseNo,
  application: line.application,
  purpose: line.purpose,
  outcome: line.outcome,
  code: line.code,
  // Whose field it was in the case (`guardian:…`) says something about the people: left out.
  fields: [...new Set(line.fields.map((name) => name.slice(name.indexOf(':') + 1)))].filter((name) =>
    name.startsWith(`${dataset}.`),
  ),
})
