import { beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog } from '../../gateway/catalog/types.ts'
import { isPrivateRange } from '../../gateway/identifiers/organisation-code.ts'
import { parseUscc } from '../../gateway/identifiers/uscc.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await loadCatalog(new URL('../../catalogs', import.meta.url).pathname)
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
