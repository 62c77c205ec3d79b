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
