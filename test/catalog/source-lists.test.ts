import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog, ItemEntry, ScenarioEntry } from '../../gateway/catalog/types.ts'
import { isPrivateRange } from '../../gateway/identifiers/organisation-code.ts'
import { parseUscc } from '../../gateway/identifiers/uscc.ts'

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
  type: string
  lead: string[] | null
  coop: string[] | null
  level_note: string | null
}

const read = async <T>(name: string): Promise<T[]> =>
  JSON.parse(await readFile(new URL(`../vectors/catalog-source/${name}`, import.meta.url), 'utf8')) as T[]

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog(new URL('../../catalogs', import.meta.url).pathname)
})

describe.each([
  { file: 'rongcheng-person.json', letter: 'p', prefix: 'P', object: 'person', leaves: 164, numbered: 115, scenes: 25 },
  {
    file: 'rongcheng-enterprise.json',
    letter: 'e',
    prefix: 'E',
    object: 'organisation',
    leaves: 142,
    numbered: 107,
    scenes: 15,
  },
] as const)('$file', ({ file, letter, prefix, object, leaves, numbered, scenes }) => {
  const memberNamed = (name: string): string => {
    const found = [...catalog.members.values()].filter((member) => [member.name, ...member.aliases].includes(name))
    expect(found, name).toHaveLength(1)
    return found[0]!.id
  }
  /** The item entry a row must have become, derived here a second time from the row alone. */
  const itemOf = (row: Row): ItemEntry => ({
    id: `rongcheng-${letter}-${String(row.no).padStart(3, '0')}${row.sub === null ? '' : `-${row.sub}`}`,
    name: row.leaf,
    group: row.item,
    source: { file, no: row.no, sub: row.sub },
    scenario: prefix + row.scene_no,
    type: row.type,
    lead: (row.lead ?? []).map(memberNamed),
    collaborating: (row.coop ?? []).map(memberNamed),
    printed: { lead: row.lead ?? [], collaborating: row.coop ?? [] },
    serviceObject: object,
    levelNote: row.level_note,
    version: '1',
  })

  it('became items row by row, nothing lost and nothing added', async () => {
    const rows = await read<Row>(file)
    const items = [...catalog.items.values()].filter((item) => item.source.file === file)
    expect(rows).toHaveLength(leaves)
    expect(new Set(rows.map(({ no }) => no)).size).toBe(numbered)
    expect(items).toHaveLength(leaves)
    for (const row of rows) {
      const want = itemOf(row)
      expect(catalog.items.get(want.id)).toEqual(want)
    }
  })

  it('became scenarios scene by scene', async () => {
    const rows = await read<Row>(file)
    const found = [...catalog.scenarios.values()].filter(({ id }) => id.startsWith(prefix))
    expect(found).toHaveLength(scenes)
    for (const row of rows) {
      expect(catalog.scenarios.get(prefix + row.scene_no)).toMatchObject({
        name: row.scene,
        audience: object,
        stage: { no: row.stage_no, name: row.stage },
        source: { scene: row.scene_no },
      } satisfies Partial<ScenarioEntry> | { source: { scene: string } })
    }
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
})

describe('members and systems', () => {
  it('every member bears a synthetic code of the private range with valid checks, and an invented telephone number', () => {
    for (const { id, uscc, division, contact, systems } of catalog.members.values()) {
      const parsed = parseUscc(uscc, { strict: true })
      expect(parsed, id).toMatchObject({ ok: true, warnings: [], division })
      expect(parsed.ok && isPrivateRange(parsed.orgCode), id).toBe(true)
      for (const { phone } of [contact, ...systems.map((system) => system.contact)])
        expect(phone).toMatch(/^0\d{3}-0000\d{3}$/)
    }
  })

  it.each([
    ['rc-enrolment', 'rc-jyj'],
    ['rc-approval', 'rc-spj'],
    ['rc-social', 'rc-rsj'],
    ['rc-medical', 'rc-ybj'],
    ['rc-fund', 'rc-gjj'],
    ['rc-civil', 'rc-mzj'],
    ['rc-market', 'rc-scjgj'],
    ['rc-land', 'rc-zrzyj'],
    ['rc-disabled', 'rc-cl'],
    ['rc-tax', 'rc-swj'],
    ['rc-housing', 'rc-zjj'],
    ['rc-veterans', 'rc-tyjrj'],
    ['rc-police', 'rc-gaj'],
    ['rc-bigdata', 'rc-dsjzx'],
  ])('system %s of %s is active', (system, member) => {
    expect(catalog.systems.get(system)).toMatchObject({ member: { id: member }, system: { status: 'active' } })
  })

  it('one system is suspended, and the approval platform is the agent of many departments', () => {
    expect(catalog.systems.get('rc-legacy')).toMatchObject({
      member: { id: 'rc-spj' },
      system: { status: 'suspended' },
    })
    expect(catalog.systems.get('rc-approval')?.system.agentFor.length).toBeGreaterThan(15)
  })

  it('each holder code of an identifier kind is in the holder types', () => {
    const holders = catalog.codeLists.get('holder-types')!.codes
    for (const code of Object.values(catalog.codeLists.get('id-types')!.codes))
      expect(Object.keys(holders)).toContain(code)
  })

  it('the county code of synthetic persons is reserved', () => {
    expect(catalog.divisions.get('371099')).toMatchObject({ reserved: true })
  })
})
