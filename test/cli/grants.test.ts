import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { type FreshDatabase, freshDatabase } from '../support/services.ts'
import { run } from './run.ts'

const NOW = Date.UTC(2026, 10, 20, 1)
let database: FreshDatabase
let dir: string
beforeAll(async () => {
  database = await freshDatabase()
  await migrate(database.ownerUrl, { serviceRole: `cli_grants_${process.pid}`, nowMs: NOW })
  dir = mkdtempSync(join(inject('runDir'), 'cli-grants-'))
})
afterAll(() => database?.drop())

const guanyi = (...argv: string[]) => run(argv, { env: { DATABASE_URL: database.url }, now: () => NOW })

let serial = 0
/** A grant every rule is content with; its id is new each time. */
const grant = (changes: Partial<Grant> = {}): Grant => ({
  id: `g-${++serial}`,
  status: 'active',
  scenario: 'P2.1',
  consumer: { kind: 'member', id: 'rc-jyj' },
  fields: ['household-registration.address', 'guardian:real-estate.certificateNo'],
  modes: ['query', 'verify'],
  items: ['rongcheng-p-008'],
  purposes: ['义务教育入学资格核验'],
  term: { from: '2025-12-31T16:00:00Z', until: '2026-12-31T16:00:00Z' },
  ceilings: [{ measure: 'calls', period: 'hour', limit: 600 }],
  conditions: {
    case: 'required',
    operator: true,
    signed: false,
    subjectIsParty: false,
    divisions: [],
    networks: [],
    hours: null,
  },
  legalBasis: '义务教育法第十二条',
  masks: {},
  approvals: [
    { role: 'consumer-head', by: '测试甲', at: '2025-12-01T01:00:00Z' },
    { role: 'provider-head', by: '测试乙', at: '2025-12-02T01:00:00Z' },
    { role: 'second-approver', by: '测试丙', at: '2025-12-03T01:00:00Z' },
  ],
  specificPurpose: '核验入学资格',
  datasetVersions: {},
  ...changes,
})

const file = (content: unknown): string => {
  const path = join(dir, `in-${++serial}.json`)
  writeFileSync(path, JSON.stringify(content))
  return path
}
const imported = async (changes: Partial<Grant> = {}): Promise<string> => {
  const one = grant(changes)
  const ran = await guanyi('grant', 'import', file(one), '--by', 'test')
  expect(ran).toMatchObject({ code: 0 })
  return one.id
}
const because = ['--reason', '年度复核', '--by', 'audit-01']
const statusOf = async (id: string) => (await guanyi('grant', 'show', id, '--json')).json().status

describe('grant import', () => {
  it('makes drafts, whatever status the file says', async () => {
    const [one, two] = [grant({ status: 'active' }), grant()]
    const ran = await guanyi('grant', 'import', file([one, two]), '--by', 'test', '--json')
    expect(ran.json()).toEqual({ imported: [one.id, two.id] })
    expect(await statusOf(one.id)).toBe('draft')
  })
  it('names every fault with its pointer and imports nothing', async () => {
    const good = grant()
    const bad = { ...grant({ fields: ['household-registration.nickname', 'adoption-file.state'], scenario: 'P99.9' }) }
    const misshapen = { ...grant(), modes: [], surprise: 1 }
    const ran = await guanyi('grant', 'import', file([good, bad, misshapen]), '--by', 'test')
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('/1/scenario: 没有场景 P99.9 / no scenario P99.9')
    expect(ran.err).toContain('/1/fields/0: 没有信息项 household-registration.nickname')
    expect(ran.err).toContain('/1/fields/1: adoption-file.state 属不予共享')
    expect(ran.err).toContain('/2/modes')
    expect(ran.err).toContain('surprise')
    expect((await guanyi('grant', 'show', good.id)).code).toBe(1)
  })
  it('never overwrites a grant that is no draft any more', async () => {
    const one = grant()
    expect((await guanyi('grant', 'import', file(one), '--by', 'test')).code).toBe(0)
    expect((await guanyi('grant', 'activate', one.id, ...because)).code).toBe(0)
    const again = await guanyi(
      'grant',
      'import',
      file({ ...one, fields: ['household-registration.householder'] }),
      '--by',
      'test',
    )
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining(`${one.id}: active`) })
    expect((await guanyi('grant', 'show', one.id, '--json')).json().fields).toEqual(one.fields)
  })
  it('refuses a file that is not JSON, without quoting it', async () => {
    const path = join(dir, 'broken.json')
    writeFileSync(path, '{ "secret": 371099')
    const ran = await guanyi('grant', 'import', path, '--by', 'test')
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('不是 JSON') })
    expect(ran.err).not.toContain('371099')
  })
})

describe('grant activate, suspend, revoke', () => {
  it('moves a grant and leaves who and why in the history', async () => {
    const id = await imported()
    for (const [word, status] of [
      ['activate', 'active'],
      ['suspend', 'suspended'],
      ['activate', 'active'],
      ['revoke', 'revoked'],
    ]) {
      const ran = await guanyi('grant', word!, id, ...because, '--json')
      expect(ran.json()).toMatchObject({ id, to: status, by: 'audit-01', reason: '年度复核' })
      expect(await statusOf(id)).toBe(status)
    }
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query(
      'select to_status, changed_by, reason from grant_changes where grant_id = $1 order by id',
      [id],
    )
    await client.end()
    expect(rows.map((row) => row.to_status)).toEqual(['draft', 'active', 'suspended', 'active', 'revoked'])
    expect(rows.at(-1)).toMatchObject({ changed_by: 'audit-01', reason: '年度复核' })
  })
  it('says the same again without harm', async () => {
    const id = await imported()
    await guanyi('grant', 'activate', id, ...because)
    expect(await guanyi('grant', 'activate', id, ...because)).toMatchObject({ code: 0 })
  })
  it.each([
    {
      name: 'no approval of the provider',
      changes: { approvals: grant().approvals.slice(0, 1) },
      zh: '缺少提供部门负责人批准',
    },
    {
      name: 'a term that has ended',
      changes: { term: { from: '2025-01-01T00:00:00Z', until: '2026-01-01T00:00:00Z' } },
      zh: '期限已过',
    },
    { name: 'no legal basis', changes: { legalBasis: '' }, zh: '含个人信息，须写明依据' },
  ])('does not put into force a grant with $name', async ({ changes, zh }) => {
    const id = await imported(changes)
    const ran = await guanyi('grant', 'activate', id, ...because)
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining(zh) })
    expect(await statusOf(id)).toBe('draft')
  })
  it('revoked is final; a draft cannot be suspended', async () => {
    const [gone, draft] = [await imported(), await imported()]
    await guanyi('grant', 'revoke', gone, ...because)
    expect(await guanyi('grant', 'activate', gone, ...because)).toMatchObject({
      code: 1,
      err: expect.stringContaining('已撤销'),
    })
    expect(await guanyi('grant', 'suspend', draft, ...because)).toMatchObject({
      code: 1,
      err: expect.stringContaining('草稿'),
    })
  })
  it('revokes also when the catalogue is broken', async () => {
    const id = await imported()
    const env = { DATABASE_URL: database.url, GUANYI_CATALOG_DIR: join(dir, 'nowhere') }
    expect((await run(['grant', 'activate', id, ...because], { env, now: () => NOW })).code).toBe(3)
    expect((await run(['grant', 'revoke', id, ...because], { env, now: () => NOW })).code).toBe(0)
  })
  it('a grant that is not there', async () => {
    expect(await guanyi('grant', 'revoke', 'g-none', ...because)).toMatchObject({
      code: 1,
      err: expect.stringContaining('没有授权 g-none'),
    })
  })
})

describe('grant list, show, export', () => {
  let id: string
  beforeEach(async () => {
    id = await imported({ scenario: 'P2.2', consumer: { kind: 'system', id: 'rc-enrolment' } })
  })
  it('lists by scenario, consumer and status, with names', async () => {
    const { code, out } = await guanyi(
      'grant',
      'list',
      '--scenario',
      'P2.2',
      '--consumer',
      'rc-enrolment',
      '--status',
      'draft',
    )
    expect(code).toBe(0)
    const line = out.split('\n').find((each) => each.startsWith(id))
    expect(line).toMatch(/草稿 +P2\.2 转学 +荣成市教育体育局 义务教育入学服务平台 +1 +2 +2026-01-01 ~ 2026-12-31/)
    expect((await guanyi('grant', 'list', '--consumer', 'rc-none')).out).toContain('没有符合条件的授权')
  })
  it('says that a term is over before the upkeep job has moved the grant', async () => {
    await guanyi('grant', 'activate', id, ...because)
    const ran = await run(['grant', 'list', '--scenario', 'P2.2'], {
      env: { DATABASE_URL: database.url },
      now: () => Date.UTC(2027, 1),
    })
    expect(ran.out.split('\n').find((each) => each.startsWith(id))).toContain('已过期限')
  })
  it('shows one in full in both languages', async () => {
    const zh = await guanyi('grant', 'show', id)
    expect(zh.out).toContain('户籍人口登记信息')
    expect(zh.out).toContain('每小时 600 次调用')
    expect(zh.out).toContain('须有办件编号；须写明经办人')
    const en = await guanyi('grant', 'show', id, '--lang', 'en')
    expect(en.out).toContain('a case is required; an operator must be named')
  })
  it('exports a row per item and field, for spreadsheets', async () => {
    const danger = await imported({
      scenario: 'P2.3',
      purposes: ['=HYPERLINK("http://x")'],
      fields: ['household-registration.address'],
    })
    await guanyi('grant', 'activate', danger, ...because)
    const { code, out } = await guanyi('grant', 'export', '--csv', '--scenario', 'P2.3')
    expect(code).toBe(0)
    const [head, row, end] = out.split('\r\n')
    expect(head!.startsWith('\ufeff授权编号,状态,场景编码,应用场景')).toBe(true)
    expect(row).toContain('户籍人口登记信息,household-registration.address,户籍地址')
    expect(row).toContain(`"'=HYPERLINK(""http://x"")"`)
    expect(row).toContain('2026-01-01,2026-12-31')
    expect(end).toBe('')
    // Only what is in force is exported unless asked otherwise: `id` is a draft.
    expect((await guanyi('grant', 'export')).out).not.toContain(id)
  })
  it('writes the table into a file nobody else reads', async () => {
    const out = join(dir, 'table.csv')
    const ran = await guanyi('grant', 'export', '--status', 'all', '--out', out, '--json')
    expect(ran.json()).toMatchObject({ file: out })
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(readFileSync(out, 'utf8').startsWith('\ufeff')).toBe(true)
  })
})

describe('without a usable database', () => {
  it('not there: 5, without the password', async () => {
    const ran = await run(['grant', 'list'], { env: { DATABASE_URL: 'postgres://someone:geheim@127.0.0.1:1/x' } })
    expect(ran).toMatchObject({ code: 5, err: expect.stringContaining('连不上') })
    expect(ran.err).not.toContain('geheim')
  })
  it('not migrated: 3, and what to do', async () => {
    const empty = await freshDatabase()
    const ran = await run(['grant', 'list'], { env: { DATABASE_URL: empty.url } })
    await empty.drop()
    expect(ran).toMatchObject({ code: 3, err: expect.stringContaining('guanyi migrate') })
  })
})
