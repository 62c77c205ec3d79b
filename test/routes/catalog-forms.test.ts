import { beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { catalogRoutes } from '../../gateway/routes/catalog.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog(new URL('../../catalogs', import.meta.url).pathname)
})
async function get<T>(path: string): Promise<T> {
  const response = await catalogRoutes({ catalog: () => catalog }).request(`/v1/catalog/${path}`)
  expect(response.status, path).toBe(200)
  return (await response.json()) as T
}
type Entry = Record<string, unknown>
const idsOf = async (path: string) =>
  (await get<{ entries: { id: string }[] }>(`${path}&limit=200`)).entries.map(({ id }) => id)

describe('the published directory', () => {
  it.each([
    ['items', 1598],
    ['forms', 306],
    ['certificates', 50],
    ['bundles', 12],
  ])('%s: %i', async (kind, total) => {
    expect(await get(kind)).toMatchObject({ total })
  })

  it.each([
    ['forms?item=rongcheng-p-008', ['form-rongcheng-p-008']],
    ['forms?scenario=P7.1&state=complete', ['form-rongcheng-p-082', 'form-rongcheng-p-084', 'form-rongcheng-p-086']],
    ['forms?certificate=weihai-c-020&scenario=P2.1', ['form-rongcheng-p-007']],
    ['items?list=rongcheng&scenario=P6.2', ['rongcheng-p-079', 'rongcheng-p-080', 'rongcheng-p-081']],
    ['items?mode=多地联办', ['huancui-w-004', 'huancui-w-005']],
    ['items?certificate=weihai-c-050&q=施工图', ['weihai-u-232']],
    ['bundles?department=rc-zjj', ['new-home', 'resale-home']],
  ])('%s', async (path, want) => {
    expect(await idsOf(path)).toEqual(want)
  })
})

describe('one form', () => {
  it('says of every material whether it can be had without the applicant, and from which dataset', async () => {
    const { entry } = await get<{ entry: { state: string; questions: Entry[]; materials: Entry[] } }>(
      'forms/form-rongcheng-p-008',
    )
    expect(entry.state).toBe('complete')
    expect(entry.questions[0]).toMatchObject({ answeredBy: 'household-registration.registrationDivision' })
    expect(entry.materials).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: '居民户口簿', obtainable: 'by-grant', dataset: 'household-registration' }),
        expect.objectContaining({ name: '残疾人证', obtainable: 'by-grant', dataset: 'licence-disability-card' }),
        expect.objectContaining({ name: '预防接种证', obtainable: 'otherwise', dataset: null }),
        expect.objectContaining({ name: '监护人营业执照', obtainable: 'no', dataset: null }),
      ]),
    )
  })

  it('a skeleton shows what its field sets ask for', async () => {
    const { entry } = await get<{ entry: { state: string; fields: Entry[] } }>('forms/form-rongcheng-p-010')
    expect(entry.state).toBe('skeleton')
    expect(entry.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['姓名', '公民身份号码', '学籍号']))
  })
})

describe('one certificate', () => {
  it('names its dataset, its departments and where it is used', async () => {
    const { entry } = await get<{ entry: Entry & { forms: string[]; items: string[] } }>('certificates/weihai-c-013')
    expect(entry).toMatchObject({
      name: '结婚证',
      dataset: 'licence-marriage-certificate',
      issuerMembers: [{ id: 'rc-mzj', name: '荣成市民政局' }],
      basis: 'sample',
    })
    expect(entry.forms).toContain('form-rongcheng-p-086')
    expect(entry.items.length).toBeGreaterThan(5)
  })
})

describe('one bundle', () => {
  interface Bundle {
    parts: { item: string; form: string; after: string[] }[]
    form: { role: string; element: string; name: string; askedBy: { item: string; departments: string[] }[] }[]
  }
  it('is one form that asks for each thing once and says whose rights decide at each item (R130)', async () => {
    const { entry } = await get<{ entry: Bundle }>('bundles/birth')
    expect(entry.parts.map(({ item }) => item)).toEqual(
      ['001', '002', '003', '004', '005', '006'].map((no) => `rongcheng-p-${no}`),
    )
    const things = entry.form.map(({ role, element }) => `${role} ${element}`)
    expect(new Set(things).size).toBe(things.length)
    const number = entry.form.find(({ role, element }) => role === 'child' && element === 'birth-certificate-number')!
    expect(number.askedBy.map(({ item, departments }) => [item, departments])).toEqual([
      ['rongcheng-p-002', ['rc-wjj']],
      ['rongcheng-p-003', ['rc-wjj', 'rc-gaj']],
      ['rongcheng-p-004', ['rc-wjj', 'rc-ybj']],
    ])
    const asked = entry.parts.flatMap(({ form }) => catalog.forms.get(form)!.fields)
    expect(things.length).toBeLessThan(asked.length * 0.6)
    expect(entry.form.flatMap(({ askedBy }) => askedBy)).toHaveLength(asked.length)
  })
})

describe('a material by name', () => {
  interface Answer {
    obtainable: string
    matches: { kind: string; id: string; name: string; obtainable: string; exemption?: string; forms?: string[] }[]
  }
  it('is found in certificates and in the forms that list it', async () => {
    const { obtainable, matches } = await get<Answer>('materials?q=结婚证')
    expect(obtainable).toBe('by-grant')
    expect(matches.some(({ kind, id }) => kind === 'certificate' && id === 'weihai-c-013')).toBe(true)
    const listed = matches.find(({ kind, name }) => kind === 'material' && name === '结婚证')!
    expect(listed).toMatchObject({ obtainable: 'by-grant', exemption: 'certificate' })
    expect(listed.forms!.length).toBeGreaterThan(8)
  })

  it.each([
    ['一户一宅承诺书', 'otherwise', 'commitment'],
    ['离婚协议书', 'no', undefined],
    ['机动车销售统一发票', 'otherwise', 'online-issue'],
  ])('%s: %s', async (name, obtainable, exemption) => {
    const answer = await get<Answer>(`materials?q=${encodeURIComponent(name)}`)
    expect(answer.obtainable).toBe(obtainable)
    expect(answer.matches[0]?.exemption).toBe(exemption)
  })
})
