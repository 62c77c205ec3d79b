import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkCatalog } from '../../gateway/catalog/check.ts'
import { type ScratchCatalog, scratchCatalog } from './broken-catalog.ts'
import { BROKEN_DATASETS } from './broken-datasets.ts'
import { BROKEN_OTHERS } from './broken-others.ts'
import { at, put, write } from './broken-rows.ts'
import { sampleBundle, sampleForm } from './sample-others.ts'

let scratch: ScratchCatalog
beforeAll(async () => {
  scratch = await scratchCatalog()
})
afterEach(() => scratch.restore())
afterAll(() => scratch.remove())

describe('checkCatalog', () => {
  it('finds nothing in the published catalogue', async () => {
    expect(await checkCatalog(new URL('../../catalogs', import.meta.url).pathname)).toEqual([])
  })

  it('finds nothing in what the rows below spoil', async () => {
    await scratch.write('forms/form.json', sampleForm)
    await scratch.write('bundles/birth.json', sampleBundle)
    expect(await checkCatalog(scratch.dir)).toEqual([])
  })

  it.each([...BROKEN_DATASETS, ...BROKEN_OTHERS])('finds $name', async ({ edits, faults }) => {
    for (const edit of edits) await edit(scratch)
    const found = await checkCatalog(scratch.dir)
    expect(found.map(({ file, pointer, rule }) => ({ file, pointer, rule }))).toEqual(
      faults.map(({ file, ...rest }) => ({ file: join(scratch.dir, file), ...rest })),
    )
    for (const { zh, en } of found) {
      expect(zh).toMatch(/[一-龥]/)
      expect(en).toMatch(/[a-z]{2}/)
    }
  })

  it('says in which line JSON stops being JSON', async () => {
    await scratch.write('datasets/broken.json', '{\n  "id": "x",\n}')
    expect((await checkCatalog(scratch.dir))[0]).toMatchObject({ zh: expect.stringContaining('第 3 行') })
  })
})

describe('connector configs', () => {
  const schema = {
    type: 'object',
    properties: { endpoint: { type: 'string' } },
    required: ['endpoint'],
    additionalProperties: false,
  }
  it.each<{ name: string; config: object; schemas: Record<string, object>; want: object[] }>([
    { name: 'accepts what its kind accepts', config: { endpoint: 'a' }, schemas: { 'sql-postgres': schema }, want: [] },
    {
      name: 'refuses what its kind refuses',
      config: { url: 'a' },
      schemas: { 'sql-postgres': schema },
      want: [at('/connector/config/endpoint', 'connector-config'), at('/connector/config/url', 'connector-config')],
    },
    {
      name: 'refuses a kind there is none of',
      config: {},
      schemas: { soap: schema },
      want: [at('/connector/kind', 'connector')],
    },
  ])('$name', async ({ config, schemas, want }) => {
    await put('/connector/config', config)(scratch)
    const found = await checkCatalog(scratch.dir, { connectorSchemas: schemas })
    expect(
      found.map(({ file, pointer, rule }) => ({ file: file.slice(scratch.dir.length + 1), pointer, rule })),
    ).toEqual(want)
  })
})

describe('a broken schema', () => {
  it('is thrown and not reported as a fault of the data', async () => {
    await write('schemas/items.schema.json', { type: 'thing' })(scratch)
    await expect(checkCatalog(scratch.dir)).rejects.toThrow()
  })
})
