import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog, DatasetEntry } from '../../gateway/catalog/types.ts'
import { choicesOf, roleOf } from '../../gateway/prefill/wanted.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { allSeedGrants, loadSeedGrants } from '../../seeds/grants/index.ts'
import { completeForms } from '../../seeds/samples/fitting-applicants.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 3)
let grants: Grant[]
let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog(join(resolve(import.meta.dirname, '../..'), 'catalogs'))
  grants = allSeedGrants(catalog, NOW_MS)
})

function entryOf(name: string): { dataset: DatasetEntry; sensitive: boolean } | undefined {
  const [, id = '', field] = /^(?:[a-z][a-zA-Z0-9-]*:)?([a-z0-9-]+)\.([a-zA-Z0-9]+)$/.exec(name) ?? []
  const dataset = catalog.datasets.get(id)
  const entry = dataset && [...dataset.fields, ...dataset.derived].find((candidate) => candidate.id === field)
  return dataset && entry ? { dataset, sensitive: entry.sensitive } : undefined
}
const inForce = ({ status, term }: Grant) =>
  status === 'active' && Date.parse(term.from) <= NOW_MS && NOW_MS < Date.parse(term.until)

describe('the seed grants', () => {
  it('name only what the catalogue has, and nothing that is not to be shared', () => {
    for (const grant of grants) {
      expect(catalog.scenarios.has(grant.scenario), grant.id).toBe(true)
      const consumers = grant.consumer.kind === 'member' ? catalog.members : catalog.systems
      expect(consumers.has(grant.consumer.id), grant.id).toBe(true)
      for (const name of grant.fields) {
        expect(entryOf(name), `${grant.id} ${name}`).toBeDefined()
        expect(entryOf(name)?.dataset.shareClass).not.toBe('not-shared')
      }
      expect(new Set(grant.fields).size).toBe(grant.fields.length)
      for (const name of Object.keys(grant.masks)) expect(grant.fields).toContain(name)
      for (const division of grant.conditions.divisions) expect(catalog.divisions.has(division)).toBe(true)
    }
  })

  it('name items of their own scenario that their department handles', () => {
    for (const grant of grants) {
      if (grant.items === 'all') continue
      expect(grant.items.length).toBeGreaterThan(0)
      const member =
        grant.consumer.kind === 'member' ? grant.consumer.id : catalog.systems.get(grant.consumer.id)!.member.id
      for (const id of grant.items) {
        const item = catalog.items.get(id)
        expect(item?.scenario, `${grant.id} ${id}`).toBe(grant.scenario)
        expect([...item!.lead, ...item!.collaborating], `${grant.id} ${id}`).toContain(member)
      }
    }
  })

  it('carry every approval, and for sensitive fields a specific purpose and a second approver of another name', () => {
    for (const grant of grants) {
      const approved = (role: string) =>
        grant.approvals.filter((approval) => approval.role === role).map(({ by }) => by)
      expect(approved('consumer-head'), grant.id).toHaveLength(1)
      const providers = new Set(grant.fields.map((name) => entryOf(name)!.dataset.provider))
      expect(approved('provider-head')).toHaveLength(providers.size)
      expect(grant.legalBasis && grant.purposes.length).toBeTruthy()
      for (const { at } of grant.approvals) expect(at < grant.term.from).toBe(true)
      if (!grant.fields.some((name) => entryOf(name)!.sensitive)) continue
      expect(grant.specificPurpose, grant.id).toBeTruthy()
      expect(approved('second-approver')).toHaveLength(1)
      expect([...approved('consumer-head'), ...approved('provider-head')]).not.toContain(approved('second-approver')[0])
    }
  })

  it('name the directory versions they were given for', () => {
    for (const grant of grants) {
      const datasets = new Set(grant.fields.map((name) => entryOf(name)!.dataset))
      expect(grant.datasetVersions).toEqual(Object.fromEntries([...datasets].map(({ id, version }) => [id, version])))
    }
  })

  it('ask for the officer wherever a source answers nobody without one', () => {
    const wantsOfficer = ({ connector }: DatasetEntry) =>
      JSON.stringify(connector.config).includes('{{caller.officer.id}}')
    for (const grant of grants) {
      if (grant.fields.some((name) => wantsOfficer(entryOf(name)!.dataset)))
        expect(grant.conditions.operator, grant.id).toBe(true)
    }
  })

  it('cover at least ten scenarios and every shareable dataset', () => {
    const live = grants.filter(inForce)
    expect(new Set(live.map(({ scenario }) => scenario)).size).toBeGreaterThanOrEqual(14)
    for (const id of [
      'P1.1',
      'P2.1',
      'P4.3',
      'P5.1',
      'P5.5',
      'P7.1',
      'P9.1',
      'P9.2',
      'P10.1',
      'P11.2',
      'E1.1',
      'E3.1',
      'E5.1',
      'E6.1',
    ]) {
      expect(
        live.some(({ scenario }) => scenario === id),
        id,
      ).toBe(true)
    }
    const granted = new Set(live.flatMap(({ fields }) => fields.map((name) => entryOf(name)!.dataset.id)))
    const shareable = [...catalog.datasets.values()].filter(({ shareClass }) => shareClass !== 'not-shared')
    expect(shareable.map(({ id }) => id).filter((id) => !granted.has(id))).toEqual([])
  })

  it('give the department of every complete form what fills the form, for that item alone, and no field more', () => {
    const ofForms = grants.filter(({ id }) => id.includes('-form-'))
    expect(ofForms).toHaveLength(completeForms(catalog).length)
    for (const form of completeForms(catalog)) {
      const { id, lead, scenario } = catalog.items.get(form.item)!
      const grant = ofForms.find(({ items }) => items.includes(id))!
      expect(grant, id).toMatchObject({
        scenario,
        consumer: { kind: 'member', id: lead[0] },
        items: [id],
        modes: ['prefill'],
      })
      const things = choicesOf(catalog, form, {})
      for (const alternatives of things) {
        const granted = alternatives.some((names) => names.every((name) => grant.fields.includes(name)))
        expect(granted, `${id} ${alternatives.join(' or ')}`).toBe(true)
      }
      expect(grant.fields.filter((name) => !things.flat(2).includes(name))).toEqual([])
      // Nobody but a person who applies reads own values in clear.
      const own = (form.roles ?? [])
        .filter(({ applicant, type }) => applicant && type === 'person')
        .map((role) => role.id)
      for (const name of Object.keys(grant.masks)) expect(own, `${id} ${name}`).toContain(roleOf(name))
    }
  })

  it('hold one of each kind a demonstration needs', () => {
    const one = (test: (grant: Grant) => boolean) => expect(grants.some(test)).toBe(true)
    one(({ status, term }) => status === 'active' && Date.parse(term.until) <= NOW_MS)
    one(({ status }) => status === 'suspended')
    one(({ status }) => status === 'draft')
    one((grant) => inForce(grant) && grant.conditions.signed)
    one((grant) => inForce(grant) && grant.conditions.case === 'application-allowed')
    one((grant) => inForce(grant) && grant.ceilings.some(({ measure, limit }) => measure === 'calls' && limit < 10))
    one((grant) => grant.masks['household-registration.address'] === 'address')
    for (const { id, ceilings } of grants) {
      const calls = ceilings.find(({ measure, period }) => measure === 'calls' && period === 'hour')!.limit
      if (id !== 'grant-p6.1-swj-purchase-tax') expect(calls, id).toBeGreaterThanOrEqual(5_000)
    }
  })

  it('cover the request of 入学资格核验 with one grant', () => {
    const fields = [
      'household-registration.address',
      'household-registration.householder',
      'guardian:real-estate.certificateNo',
    ]
    const grant = grants.find(({ id }) => id === 'grant-p2.1-jyj-enrolment')!
    expect(grant.fields).toEqual(expect.arrayContaining(fields))
    expect(grant).toMatchObject({
      scenario: 'P2.1',
      consumer: { kind: 'member', id: 'rc-jyj' },
      conditions: { case: 'required' },
    })
    expect(grant.items).toContain('rongcheng-p-008')
    expect(grant.purposes).toContain('义务教育入学资格核验')
    for (const name of fields) expect(grant.masks[name] ?? 'none').toBe('none')
  })

  it('are the same all day long and move with the days', () => {
    expect(allSeedGrants(catalog, NOW_MS + 3_600_000)).toEqual(grants)
    expect(loadSeedGrants(NOW_MS + 86_400_000)[0]!.term).not.toEqual(grants[0]!.term)
  })
})
