import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog, ItemEntry, ScenarioEntry } from '../../gateway/catalog/types.ts'

/** A row of the city's lists, as read out of the published plan. */
interface Row {
  no: number
  sub: number | null
  stage_no: number
  stage: string
  scene_no: string
  scene: string
  item: string
  leaf: string
  type: string | null
  lead: string[] | null
  coop: string[] | null
  level_note?: string | null
  province_lead?: string[] | null
  province_coop?: string[] | null
}
interface CrossProvinceRow {
  no: number
  deadline: string
  item: string
  scenario: string
  lead: string[] | null
  coop: string[] | null
  note: string | null
}
interface ProvinceWideRow {
  no: number
  item: string
  type: string
  audience: ('法人' | '个人')[]
  levels: string[]
  mode: string[]
  lead: string[]
  note: string | null
}
interface CertificateItemRow {
  no: number
  province_dept: string
  item: string
  city_dept: string[] | null
}
interface TaskRow {
  no: number
  goal?: string
  work?: string
  task: string
  deadline: string
  lead: string[]
  responsible?: string
}

const read = async <T>(name: string): Promise<T[]> =>
  JSON.parse(await readFile(new URL(`../vectors/catalog-source/${name}`, import.meta.url), 'utf8')) as T[]

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog(new URL('../../catalogs', import.meta.url).pathname)
})

const GOVERNMENTS = {
  rongcheng: '371082',
  zaozhuang: '370400',
  hedong: '371312',
  huancui: '371002',
  weihai: '371000',
} as const
type Government = keyof typeof GOVERNMENTS

/** The one member of that division, or of the city above it, that bears the printed name. */
function memberNamed(name: string, government: Government): string {
  const division = GOVERNMENTS[government]
  const bearers = [...catalog.members.values()].filter((member) => [member.name, ...member.aliases].includes(name))
  const own = bearers.filter((member) => member.division === division)
  const found = own.length > 0 ? own : bearers.filter((member) => member.division === GOVERNMENTS.weihai)
  expect(found, `${government} ${name}`).toHaveLength(1)
  return found[0]!.id
}
const members = (names: string[] | null, government: Government) =>
  (names ?? []).map((name) => memberNamed(name, government))

const itemsFrom = (file: string): ItemEntry[] =>
  [...catalog.items.values()].filter(({ source }) => source.file === file)

/** What the catalogue adds to a row: links between lists, and which certificates would serve. */
const asRow = ({ sameAs, certificates, ...row }: ItemEntry): Record<string, unknown> => row

describe.each([
  { file: 'rongcheng-person.json', letter: 'p', rows: 164, numbered: 115, scenes: 25 },
  { file: 'rongcheng-enterprise.json', letter: 'e', rows: 142, numbered: 107, scenes: 15 },
  { file: 'zaozhuang-person.json', letter: 'p', rows: 165, numbered: 115, scenes: 25 },
  { file: 'zaozhuang-enterprise.json', letter: 'e', rows: 142, numbered: 106, scenes: 15 },
  { file: 'hedong-person.json', letter: 'p', rows: 162, numbered: 114, scenes: 25 },
  { file: 'hedong-enterprise.json', letter: 'e', rows: 134, numbered: 134, scenes: 15 },
] as const)('$file', ({ file, letter, rows: wanted, numbered, scenes }) => {
  const government = file.split('-')[0] as Government
  const audience = letter === 'p' ? 'person' : 'organisation'

  /** The item entry a row must have become, derived here a second time from the row alone. */
  const itemOf = (row: Row): Record<string, unknown> => ({
    id: `${government}-${letter}-${String(row.no).padStart(3, '0')}${row.sub === null ? '' : `-${row.sub}`}`,
    name: row.leaf,
    group: row.item,
    source: { file, no: row.no, sub: row.sub },
    scenario: letter.toUpperCase() + row.scene_no,
    ...(row.type !== null && { type: row.type }),
    lead: members(row.lead, government),
    collaborating: members(row.coop, government),
    printed: {
      lead: row.lead ?? [],
      collaborating: row.coop ?? [],
      ...(row.province_lead && { provinceLead: row.province_lead }),
      ...(row.province_coop && { provinceCollaborating: row.province_coop }),
    },
    serviceObject: audience,
    ...('level_note' in row && { levelNote: row.level_note }),
    version: '1',
  })

  it('became items row by row, nothing lost and nothing added', async () => {
    const rows = await read<Row>(file)
    expect(rows).toHaveLength(wanted)
    expect(new Set(rows.map(({ no }) => no)).size).toBe(numbered)
    expect(itemsFrom(file)).toHaveLength(wanted)
    for (const row of rows) {
      const want = itemOf(row)
      expect(asRow(catalog.items.get(want.id as string)!)).toEqual(want)
    }
  })

  it('names the scenes of the catalogue, one by one', async () => {
    const rows = await read<Row>(file)
    expect(new Set(rows.map(({ scene_no }) => scene_no)).size).toBe(scenes)
    for (const row of rows) {
      expect(catalog.scenarios.get(letter.toUpperCase() + row.scene_no)).toMatchObject({
        name: row.scene,
        audience,
        stage: { no: row.stage_no, name: row.stage },
        source: { scene: row.scene_no },
      } satisfies Partial<ScenarioEntry> | { source: { scene: string } })
    }
  })
})

describe('通办 and 用证 items', () => {
  it('跨省通办: 74 by the end of 2021 and 8 later, with situation and note', async () => {
    const file = 'huancui-cross-province.json'
    const rows = await read<CrossProvinceRow>(file)
    expect(rows.map(({ deadline }) => deadline).filter((deadline) => deadline === '2021年年底')).toHaveLength(74)
    expect(itemsFrom(file)).toHaveLength(82)
    for (const row of rows) {
      const id = `huancui-${row.deadline === '2021年年底' ? 'x' : 'y'}-${String(row.no).padStart(3, '0')}`
      expect(asRow(catalog.items.get(id)!)).toEqual({
        id,
        name: row.item,
        group: row.item,
        source: { file, no: row.no, sub: null },
        lead: members(row.lead, 'huancui'),
        collaborating: members(row.coop, 'huancui'),
        printed: { lead: row.lead ?? [], collaborating: row.coop ?? [] },
        situation: row.scenario,
        deadline: row.deadline,
        levelNote: row.note,
        version: '1',
      })
    }
  })

  it('全省通办: 107 with their handling modes, levels and service objects', async () => {
    const file = 'huancui-province-wide.json'
    const rows = await read<ProvinceWideRow>(file)
    expect(rows).toHaveLength(107)
    expect(itemsFrom(file)).toHaveLength(107)
    for (const row of rows) {
      const id = `huancui-w-${String(row.no).padStart(3, '0')}`
      const audiences = row.audience.map((each) => ({ 法人: 'organisation', 个人: 'person' })[each])
      expect(asRow(catalog.items.get(id)!)).toEqual({
        id,
        name: row.item,
        group: row.item,
        source: { file, no: row.no, sub: null },
        type: row.type === '其他权力' ? '其他行政权力' : row.type,
        lead: members(row.lead, 'huancui'),
        collaborating: [],
        printed: { lead: row.lead, collaborating: [], type: row.type },
        ...(audiences.length === 1 && { serviceObject: audiences[0] }),
        audiences,
        exerciseLevels: row.levels.map((level) => `${level}级`),
        handlingModes: row.mode,
        levelNote: row.note,
        version: '1',
      })
    }
    const modes = itemsFrom(file).flatMap(({ handlingModes }) => handlingModes ?? [])
    const counted = ['全程网办', '异地代收代办', '多地联办'].map((mode) => modes.filter((each) => each === mode).length)
    expect(counted).toEqual([100, 10, 2])
  })

  it('用证: 500, each with certificate types that are marked as ours, and every type serves one', async () => {
    const file = 'weihai-certificate-items.json'
    const rows = await read<CertificateItemRow>(file)
    expect(rows).toHaveLength(500)
    expect(itemsFrom(file)).toHaveLength(500)
    const used = new Set<string>()
    for (const row of rows) {
      const id = `weihai-u-${String(row.no).padStart(3, '0')}`
      const item = catalog.items.get(id)!
      expect(asRow(item)).toEqual({
        id,
        name: row.item,
        group: row.item,
        source: { file, no: row.no, sub: null },
        lead: members(row.city_dept, 'weihai'),
        collaborating: [],
        printed: { lead: row.city_dept ?? [], collaborating: [], provinceLead: [row.province_dept] },
        version: '1',
      })
      expect(item.certificates?.basis).toBe('sample')
      for (const type of item.certificates!.types) used.add(type)
    }
    expect(used.size).toBe(50)
  })

  it('items of the same name in two lists know each other, both ways, and nothing else does', () => {
    const plain = (name: string) => name.normalize('NFKC').replaceAll(/[^\p{L}\p{N}]/gu, '')
    let linked = 0
    for (const { id, name, source, scenario, sameAs = [] } of catalog.items.values()) {
      for (const other of sameAs.map((each) => catalog.items.get(each)!)) {
        expect(other.sameAs, `${id} ${other.id}`).toContain(id)
        expect(other.source.file).not.toBe(source.file)
        expect(plain(other.name.toLowerCase())).toBe(plain(name.toLowerCase()))
        if (scenario && other.scenario) expect(other.scenario).toBe(scenario)
      }
      if (sameAs.length > 0) linked++
    }
    expect(linked).toBeGreaterThan(900)
    expect(catalog.items.get('rongcheng-p-008')?.sameAs).toEqual(['zaozhuang-p-008', 'hedong-p-008'])
  })
})

describe('tasks', () => {
  it('河东 annex 3 and 威海 annex 5, row by row', async () => {
    const hedong = await read<TaskRow>('hedong-tasks.json')
    const weihai = await read<TaskRow>('weihai-ledger.json')
    expect([hedong.length, weihai.length, catalog.tasks.size]).toEqual([19, 21, 40])
    for (const [list, rows] of [
      ['hedong', hedong],
      ['weihai', weihai],
    ] as const) {
      for (const row of rows) {
        expect(catalog.tasks.get(`${list}-t-${String(row.no).padStart(3, '0')}`)).toMatchObject({
          name: row.goal ?? row.work,
          task: row.task,
          deadline: row.deadline,
          printed: { lead: row.lead, responsible: row.responsible ?? null },
        })
      }
    }
    // a heading such as 区直有关部门单位 is nobody's name
    const unnamed = [...catalog.tasks.values()].filter(({ lead }) => lead.length === 0)
    expect(unnamed).toHaveLength(5)
  })
})

describe('the other lists', () => {
  it('annex 4 became S scenarios, field by field, with every scene it names', async () => {
    const rows = await read<{ group: string; field: string; scenarios: string; departments: string }>(
      'weihai-scenarios.json',
    )
    const listed = [...catalog.scenarios.values()].filter(({ departments }) => departments !== undefined)
    expect(listed).toHaveLength(15)
    for (const row of rows) {
      const found = listed.find(({ stage, source }) => stage.name === row.group && source.scene === row.field)
      expect(`${found?.scenes?.join('')}等`).toBe(row.scenarios.replaceAll(/[、，]/g, ''))
      expect(found?.departments).toBe(row.departments)
    }
  })

  it('the fifty certificates are all there, 32 of persons and 18 of organisations', async () => {
    const rows = await read<{ no: number; certificate: string; issuer: string[]; holder: string }>(
      'weihai-certificates.json',
    )
    const found = [...catalog.certificates.values()]
    expect(found.map(({ name }) => name)).toEqual(rows.map(({ certificate }) => certificate))
    expect(found.map(({ issuers }) => issuers)).toEqual(rows.map(({ issuer }) => issuer))
    expect(found.filter(({ holder }) => holder === 'person')).toHaveLength(32)
    expect(found.filter(({ holder }) => holder === 'organisation')).toHaveLength(18)
  })

  it('every certificate is a dataset of the library: level as printed, state read live, never cached (R111)', async () => {
    const rows = await read<{ level: string }>('weihai-certificates.json')
    const found = [...catalog.certificates.values()]
    expect(found.map(({ levels }) => levels.map((level) => level[0]).join('、'))).toEqual(
      rows.map(({ level }) => level.replace('级', '')),
    )
    expect(new Set(found.map(({ dataset }) => dataset)).size).toBe(50)
    for (const { id, dataset, faceFields, holder } of found) {
      const entry = catalog.datasets.get(dataset!)!
      expect(entry.freshness.ttlSeconds, id).toBe(0)
      expect(entry.subjectTypes).toEqual([holder])
      expect(entry.fields.map((field) => field.id)).toEqual(faceFields.map((field) => field.id))
      expect(entry.fields.map((field) => field.id)).toEqual(expect.arrayContaining(['state', 'validUntil', 'issuer']))
      expect(entry.inputs.map(({ name, required }) => [name, required])).toEqual([
        ['holderNumber', true],
        ['certificateNumber', false],
      ])
    }
  })
})
