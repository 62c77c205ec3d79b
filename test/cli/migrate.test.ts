import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { EXPECTED_SCHEMA } from '../../gateway/adapters/postgres/migrations/index.ts'
import { type FreshDatabase, freshDatabase } from '../support/services.ts'
import { run } from './run.ts'

const role = `cli_migrate_${process.pid}`
let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database?.drop())

describe('migrate', () => {
  it('prints what it did, and that nothing is left the second time', async () => {
    const password = join(mkdtempSync(join(inject('runDir'), 'cli-migrate-')), 'password')
    writeFileSync(password, 'geheim\n')
    const env = { DATABASE_OWNER_URL: database.ownerUrl, DATABASE_URL: 'postgres://127.0.0.1:1/never-used' }
    const argv = ['migrate', '--service-role', role, '--service-password-file', password]
    const first = await run(argv, { env })
    expect(first.code).toBe(0)
    expect(first.out).toContain('已应用 001-grants')
    expect(first.out).toContain(`✓ 数据库结构现为 ${EXPECTED_SCHEMA}`)
    expect(first.out).not.toContain('geheim')
    const again = await run([...argv, '--json'], { env })
    expect(again.json()).toEqual({ applied: [], schemaVersion: EXPECTED_SCHEMA, partitions: [] })

    const url = new URL(database.url)
    url.username = role
    url.password = 'geheim'
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    expect((await client.query('select current_user as me')).rows).toEqual([{ me: role }])
    await client.end()
  })
  it('a database with a gap in its steps is refused in words; doctor names the step', async () => {
    const fresh = await freshDatabase()
    const env = { DATABASE_OWNER_URL: fresh.ownerUrl, DATABASE_URL: fresh.ownerUrl }
    try {
      expect((await run(['migrate', '--service-role', role], { env })).code).toBe(0)
      const client = new pg.Client({ connectionString: fresh.ownerUrl })
      await client.connect()
      await client.query(`delete from kysely_migration where name = '055-prefills'`)
      await client.end()
      const refused = await run(['migrate', '--service-role', role], { env })
      expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/中间版本[\s\S]*- 055-prefills/) })
      const { checks } = (await run(['doctor', '--json'], { env })).json() as {
        checks: { check: string; status: string; detail?: string }[]
      }
      expect(checks.find(({ check }) => check === 'schema')).toMatchObject({ status: 'fail', detail: '− 055-prefills' })
    } finally {
      await fresh.drop()
    }
  }, 40_000)
  it.each([
    { env: {}, argv: [], code: 3, says: 'DATABASE_OWNER_URL' },
    { env: { DATABASE_URL: 'postgres://127.0.0.1:1/x' }, argv: [], code: 5, says: '连不上' },
    {
      env: { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
      argv: ['--service-password-file', '/nowhere'],
      code: 2,
      says: '/nowhere',
    },
  ])('$says: $code', async ({ env, argv, code, says }) => {
    expect(await run(['migrate', ...argv], { env })).toMatchObject({ code, err: expect.stringContaining(says) })
  })
})
