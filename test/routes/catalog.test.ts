import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { asExchangeError } from '../../gateway/errors/exchange-error.ts'
import { type CatalogRoutesDeps, catalogRoutes } from '../../gateway/routes/catalog.ts'
import { type ScratchCatalog, scratchCatalog } from '../catalog/broken-catalog.ts'
import { sampleDataset } from '../catalog/fixture.ts'

let scratch: ScratchCatalog
let catalog: Catalog
beforeAll(async () => {
  scratch = await scratchCatalog()
  await scratch.write(
    'datasets/register.json',
    sampleDataset({
      id: 'open-register',
      code: '306001001/000001',
      name: '测试主体登记信息',
      provider: 'rc-scjgj',
      shareClass: 'unconditional',
      useConditions: '无',
      subjectTypes: ['organisation'],
      idTypes: ['uscc'],
      fields: [
        { id: 'capital', name: '注册资本', type: 'integer', personal: false, sensitive: false, grade: 1, mask: 'none' },
      ],
      derived: [],
      inputs: [{ name: 'unitNo', label: '不动产单元号', from: 'key', required: true }],
    }),
  )
  await scratch.write(
    'datasets/closed.json',
    sampleDataset({
      id: 'closed-file',
      code: '302001001/000001',
      name: '测试不予共享信息',
      provider: 'rc-gaj',
      shareClass: 'not-shared',
      notShared: { reason: '测试理由', legalBasis: '测试法第一条', rank: 'law' },
      fields: [{ ...sampleDataset().fields[4]!, id: 'secretLine', name: '线索' }],
      derived: [],
    }),
  )
  await scratch.edit<{ id: string; dataset?: string }[]>('certificates/weihai.json', (all) => {
    all.find(({ id }) => id === 'weihai-c-033')!.dataset = 'open-register'
  })
  catalog = await loadCatalog(scratch.dir)
})
afterAll(() => scratch.remove())

function appWith(deps: Partial<CatalogRoutesDeps> = {}): Hono {
  const app = new Hono()
  app.route('/', catalogRoutes({ catalog: () => catalog, ...deps }))
  app.onError((thrown, c) => {
    const failure = asExchangeError(thrown)
    return c.json({ code: failure.code, rule: failure.options.reasons?.[0]?.rule }, failure.status as 400)
  })
  return app
}

interface Page {
  catalogVersion: string
  total: number
  entries: Record<string, unknown>[]
  next: string | null
}
const get = async <T = Page>(path: string, app = appWith()): Promise<T> => {
  const response = await app.request(`/v1/catalog/${path}`)
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}
const idsOf = ({ entries }: Page) => entries.map(({ id }) => id)

describe('lists', () => {
  it.each([
    ['datasets', 3],
    ['items', 306],
    ['forms', 0],
    ['certificates', 50],
    ['bundles', 0],
  ])('%s names the catalogue version and how many there are', async (kind, total) => {
    expect(await get(kind)).toMatchObject({ catalogVersion: catalog.version, total })
  })

  it('pages through every item once, following the cursor', async () => {
    const seen: unknown[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await get(`items?limit=100${cursor && `&cursor=${cursor}`}`)
      seen.push(...idsOf(page))
      cursor = page.next
    }
    expect(seen).toEqual([...catalog.items.keys()])
  })

  it('tells the next page in a Link header that keeps the filters', async () => {
    const response = await appWith().request('/v1/catalog/items?limit=2&scenario=P2.1')
    const link = /^<(.+)>; rel="next"$/.exec(response.headers.get('link')!)![1]!
    expect(link).toContain('scenario=P2.1')
    expect(idsOf((await (await appWith().request(link)).json()) as Page)).toEqual([
      'rongcheng-p-009',
      'rongcheng-p-010',
    ])
  })

  it.each([
    {
      path: 'items?scenario=P2.1',
      want: ['rongcheng-p-007', 'rongcheng-p-008', 'rongcheng-p-009', 'rongcheng-p-010', 'rongcheng-p-011'],
    },
    { path: 'items?scenario=P2.1&q=义务', want: ['rongcheng-p-008'] },
    { path: 'items?department=rc-yczmj', want: ['rongcheng-e-016'] },
    { path: 'datasets?provider=rc-rsj', want: ['sample-insurance'] },
    { path: 'datasets?audience=organisation', want: ['open-register'] },
    { path: 'datasets?q=连续缴费', want: ['sample-insurance'] },
    { path: 'datasets?q=ＳＡＭＰＬＥ', want: ['sample-insurance'] },
    { path: 'datasets?material=营业执照', want: ['open-register'] },
    { path: 'scenarios?audience=social', want: ['S3.1', 'S3.2', 'S3.3', 'S3.4'] },
    { path: 'scenarios?audience=supervision&q=监管服务·', want: ['S4.1', 'S4.2', 'S4.3'] },
    { path: 'scenarios?department=rc-yczmj', want: ['E2.2'] },
    { path: 'certificates?q=出生', want: ['weihai-c-020'] },
    { path: 'certificates?department=rc-cl', want: ['weihai-c-031'] },
    { path: 'datasets?provider=rc-nobody', want: [] },
  ])('$path', async ({ path, want }) => {
    expect(idsOf(await get(path))).toEqual(want)
  })
})

describe('one entry', () => {
  it('a dataset says what it holds, who owns it, what it needs and how to apply', async () => {
    const { entry } = await get<{ entry: Record<string, unknown> }>('datasets/open-register')
    expect(entry).toMatchObject({
      name: '测试主体登记信息',
      owner: { id: 'rc-scjgj', name: '荣成市市场监管局', contact: { phone: expect.stringMatching(/^0631-/) } },
      shareClass: 'unconditional',
      shareClassName: { zh: '无条件共享' },
      fields: [{ id: 'capital', name: '注册资本', nullable: false }],
      inputs: [{ name: 'unitNo', label: '不动产单元号', from: 'key', key: 'open-register.unitNo', required: true }],
      apply: { possible: true, to: { id: 'rc-dsjzx' }, replyWorkingDays: 1 },
    })
  })

  it('a dataset that is not shared is listed with its reason, cannot be applied for and can never be used', async () => {
    const app = appWith({ mayUse: async () => true })
    const { entry } = await get<{ entry: Record<string, unknown> }>('datasets/closed-file', app)
    expect(entry).toMatchObject({
      mayUse: false,
      shareClassName: { zh: '不予共享' },
      notShared: { reason: '测试理由', legalBasis: '测试法第一条', rank: 'law' },
      apply: { possible: false, replyWorkingDays: null },
    })
    expect((await get('datasets', app)).entries.map(({ id, mayUse }) => [id, mayUse])).toEqual([
      ['closed-file', false],
      ['open-register', true],
      ['sample-insurance', true],
    ])
  })

  it('without a way to tell, nothing is said about use', async () => {
    const { entry } = await get<{ entry: Record<string, unknown> }>('datasets/open-register')
    expect(entry).not.toHaveProperty('mayUse')
  })

  it('an item names its scenario and departments', async () => {
    expect(await get('items/rongcheng-p-003')).toMatchObject({
      entry: {
        scenarioName: '出生',
        lead: [{ id: 'rc-wjj', name: '荣成市卫生健康局' }],
        collaborating: [{ id: 'rc-gaj', name: '荣成市公安局' }],
      },
    })
  })

  it('a scenario lists its items', async () => {
    const { entry } = await get<{ entry: { items: unknown[] } }>('scenarios/P1.1')
    expect(entry.items).toHaveLength(6)
  })
})

describe('materials', () => {
  interface Answer {
    obtainable: string
    matches: Record<string, unknown>[]
  }
  it.each([
    {
      q: '营业执照复印件',
      obtainable: 'yes',
      first: { kind: 'certificate', name: '营业执照', dataset: { id: 'open-register', owner: { id: 'rc-scjgj' } } },
    },
    { q: '《参保信息》', obtainable: 'by-grant', first: { kind: 'dataset', dataset: { id: 'sample-insurance' } } },
    { q: '缴费金额', obtainable: 'by-grant', first: { kind: 'field', id: 'sample-insurance.amount' } },
    {
      q: '出生医学证明',
      obtainable: 'not-registered',
      first: { kind: 'certificate', id: 'weihai-c-020', dataset: null },
    },
    {
      q: '线索',
      obtainable: 'no',
      first: { kind: 'field', dataset: { notShared: { reason: '测试理由' }, mayUse: false } },
    },
    { q: '没有这种材料', obtainable: 'unknown', first: undefined },
  ])('$q is $obtainable', async ({ q, obtainable, first }) => {
    const found = await get<Answer>(`materials?q=${encodeURIComponent(q)}`)
    expect(found.obtainable).toBe(obtainable)
    if (first === undefined) expect(found.matches).toEqual([])
    else expect(found.matches[0]).toMatchObject(first)
  })
})

describe('what never leaves', () => {
  it('no answer holds a connector, its config or network, or who approved', async () => {
    const app = appWith({ mayUse: async () => null })
    const paths = [
      'datasets',
      'datasets/sample-insurance',
      'datasets/open-register',
      'datasets/closed-file',
      'materials?q=测试',
    ]
    for (const path of paths) {
      const body = await (await app.request(`/v1/catalog/${path}`)).text()
      for (const word of [
        'connector',
        'sql-postgres',
        'hidden-source',
        '127.0.0',
        'timeoutMs',
        'headApproval',
        '测试批1号',
      ]) {
        expect(body, path).not.toContain(word)
      }
    }
  })
})

describe('caching', () => {
  it('the tag is the catalogue’s version, and a caller who has it gets 304 and no body', async () => {
    const tag = (await appWith().request('/v1/catalog/items')).headers.get('etag')!
    expect(tag).toBe(`"${catalog.version}"`)
    for (const header of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const response = await appWith().request('/v1/catalog/items', { headers: { 'if-none-match': header } })
      expect(response.status).toBe(304)
      expect(await response.text()).toBe('')
    }
    const other = await appWith().request('/v1/catalog/items', { headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
  })

  it('where use depends on grants the tag changes with them', async () => {
    let granted = false
    const app = appWith({ mayUse: async () => granted })
    const before = (await app.request('/v1/catalog/datasets/sample-insurance')).headers.get('etag')!
    granted = true
    const after = await app.request('/v1/catalog/datasets/sample-insurance', { headers: { 'if-none-match': before } })
    expect(after.status).toBe(200)
    expect(await after.json()).toMatchObject({ entry: { mayUse: true } })
  })
})

describe('refusals', () => {
  it.each([
    { path: 'members', status: 404, code: 'request.unknown-resource' },
    { path: 'constructor', status: 404, code: 'request.unknown-resource' },
    { path: 'datasets/nothing', status: 404, code: 'request.unknown-resource' },
    { path: 'items/__proto__', status: 404, code: 'request.unknown-resource' },
    { path: 'items?limit=0', status: 400, code: 'request.malformed', rule: 'limit' },
    { path: 'items?limit=201', status: 400, code: 'request.malformed', rule: 'limit' },
    { path: 'items?limit=ten', status: 400, code: 'request.malformed', rule: 'limit' },
    { path: 'items?cursor=abc', status: 400, code: 'request.malformed', rule: 'cursor' },
    {
      path: `items?cursor=${Buffer.from('datasets x').toString('base64url')}`,
      status: 400,
      code: 'request.malformed',
      rule: 'cursor',
    },
    { path: 'items?scenarios=P2.1', status: 400, code: 'request.malformed', rule: 'parameter' },
    { path: 'items?provider=rc-gaj', status: 400, code: 'request.malformed', rule: 'parameter' },
    { path: 'items?constructor=x', status: 400, code: 'request.malformed', rule: 'parameter' },
    { path: 'items?q=a&q=b', status: 400, code: 'request.malformed', rule: 'q' },
    { path: 'items?q=', status: 400, code: 'request.malformed', rule: 'q' },
    { path: `items?q=${'a'.repeat(101)}`, status: 400, code: 'request.malformed', rule: 'q' },
    { path: 'materials', status: 400, code: 'request.malformed', rule: 'q' },
    { path: 'datasets/open-register?limit=3', status: 400, code: 'request.malformed', rule: 'parameter' },
  ])('$path', async ({ path, status, code, rule }) => {
    const response = await appWith().request(`/v1/catalog/${path}`)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ code, ...(rule && { rule }) })
  })
})
