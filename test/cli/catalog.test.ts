import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { run } from './run.ts'

describe('catalog check', () => {
  it('a good catalogue: counts per kind and the version', async () => {
    const ran = await run(['catalog', 'check', 'catalogs'])
    expect(ran.code).toBe(0)
    expect(ran.out).toMatch(/✓ 目录没有错误\n {2}部门 \d+、系统 \d+、数据资源 \d+/)
    const { ok, counts, version } = (await run(['catalog', 'check', '--json'])).json() as Record<string, never>
    expect(ok).toBe(true)
    expect(counts).toMatchObject({ items: 1598 })
    expect(ran.out).toContain(version)
  })
  it('a faulty one: every fault with file and pointer, exit 1', async () => {
    const dir = join(mkdtempSync(join(inject('runDir'), 'cli-catalog-')), 'catalogs')
    cpSync('catalogs', dir, { recursive: true })
    const file = join(dir, 'members', 'rc-jyj.json')
    const member = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    writeFileSync(file, JSON.stringify({ ...member, division: '999999', surprise: 1 }))
    writeFileSync(join(dir, 'scenarios', 'broken.json'), '{')
    const ran = await run(['catalog', 'check', dir])
    expect(ran.code).toBe(1)
    expect(ran.out).toContain(`${file}#/division`)
    expect(ran.out).toContain(`${join(dir, 'scenarios', 'broken.json')}#`)
    expect(ran.out).toMatch(/目录有 \d+ 处错误，涉及 \d+ 个文件/)
    const json = (await run(['catalog', 'check', dir, '--json'])).json() as { ok: boolean; faults: object[] }
    expect(json.ok).toBe(false)
    expect(json.faults.length).toBeGreaterThanOrEqual(3)
  })
  it('no catalogue there', async () => {
    expect(await run(['catalog', 'check', '/nowhere'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('/nowhere'),
    })
  })
})

describe('catalog show', () => {
  it('lists a kind, shows an entry', async () => {
    expect((await run(['catalog', 'show', 'scenarios'])).out).toMatch(/^P1\.1 +出生$/m)
    expect((await run(['catalog', 'show', 'systems', 'rc-enrolment', '--json'])).json()).toMatchObject({
      member: { id: 'rc-jyj' },
    })
  })
  it('says what there is when a kind or entry is misspelt', async () => {
    expect(await run(['catalog', 'show', 'thing'])).toMatchObject({ code: 2, err: expect.stringContaining('datasets') })
    expect(await run(['catalog', 'show', 'datasets', 'real-estat'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('real-estate'),
    })
  })
})
