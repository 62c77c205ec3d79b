import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkCatalog } from '../../gateway/catalog/check.ts'
import { CatalogError } from '../../gateway/catalog/fault.ts'
import { compareIds, loadCatalog } from '../../gateway/catalog/load.ts'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import { type ScratchCatalog, scratchCatalog } from './broken-catalog.ts'
import { DATASET, put } from './broken-rows.ts'
import { sampleDataset } from './fixture.ts'

let scratch: ScratchCatalog
beforeAll(async () => {
  scratch = await scratchCatalog()
})
afterEach(() => scratch.restore())
afterAll(() => scratch.remove())

describe('loadCatalog', () => {
  it('throws every fault of a broken catalogue', async () => {
    await put('/provider', 'rc-nobody')(scratch)
    await put('/fields/1/codeList', 'sexes')(scratch)
    const thrown = await loadCatalog(scratch.dir).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(CatalogError)
    expect((thrown as CatalogError).faults.map(({ pointer }) => pointer)).toEqual(['/fields/1/codeList', '/provider'])
  })

  it('gives what cannot be changed any more', async () => {
    const { datasets } = await loadCatalog(scratch.dir)
    const dataset = datasets.get('sample-insurance')!
    const map = datasets as Map<string, DatasetEntry>
    expect(() => map.set('x', dataset)).toThrow('immutable')
    expect(() => map.clear()).toThrow('immutable')
    expect(() => map.delete('sample-insurance')).toThrow('immutable')
    expect(() => Object.assign(dataset.fields[0]!, { mask: 'none' })).toThrow(TypeError)
    expect(() => Object.assign(dataset.connector.config, { endpoint: 'x' })).toThrow(TypeError)
  })

  it('finds systems by id, with their member', async () => {
    const { systems } = await loadCatalog(scratch.dir)
    expect(systems.get('rc-social')).toMatchObject({ member: { id: 'rc-rsj' }, system: { id: 'rc-social' } })
  })

  it('reads further folders as if they were one catalogue', async () => {
    const own = await scratchCatalog()
    await own.write(
      'own/datasets/own.json',
      sampleDataset({ id: 'own-data', code: '303001001/000009', name: '本地资源' }),
    )
    const options = { extraDirs: [`${own.dir}/own`] }
    expect([...(await loadCatalog(scratch.dir, options)).datasets.keys()]).toEqual(['own-data', 'sample-insurance'])

    await own.write('own/datasets/own.json', sampleDataset())
    expect((await checkCatalog(scratch.dir, options)).map(({ pointer }) => pointer)).toEqual(['/code', '/id'])
    await own.remove()
  })
})

describe('the version', () => {
  it('is the same for the same words, however files, members and entries are laid out', async () => {
    const { version } = await loadCatalog(scratch.dir)
    expect(version).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect((await loadCatalog(scratch.dir)).version).toBe(version)

    const reversed = Object.fromEntries(Object.entries(sampleDataset()).reverse())
    await scratch.write(DATASET, JSON.stringify([reversed]))
    await scratch.edit<unknown[]>('items/rongcheng-person.json', (items) => void items.reverse())
    expect((await loadCatalog(scratch.dir)).version).toBe(version)
  })

  it('changes with any word', async () => {
    const { version } = await loadCatalog(scratch.dir)
    await put('/abstract', '合成的参保缴费记录，只用于测试。')(scratch)
    expect((await loadCatalog(scratch.dir)).version).not.toBe(version)
  })
})

describe('compareIds', () => {
  it('puts numbers in the order of their values, and is never undecided between two ids', () => {
    const ids = ['P1.1', 'P2.1', 'P2.10', 'P10.1', 'S1.1', 'rongcheng-e-001-2', 'rongcheng-e-001-10', 'x1', 'x01']
    expect(ids.toReversed().sort(compareIds)).toEqual([
      'P1.1',
      'P2.1',
      'P2.10',
      'P10.1',
      'S1.1',
      'rongcheng-e-001-2',
      'rongcheng-e-001-10',
      'x01',
      'x1',
    ])
    expect(compareIds('x1', 'x1')).toBe(0)
  })
})
