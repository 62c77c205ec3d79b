import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOLDINGS, NO_PERSON } from '../../gateway/retention/holdings.ts'
import { type MigratedDatabase, migratedDatabase } from '../adapters/postgres/database.ts'

describe('everything that leads to a person has an end', () => {
  let database: MigratedDatabase
  beforeAll(async () => {
    database = await migratedDatabase()
  })
  afterAll(() => database.drop())

  it('every sealed or digested column of the schema is listed in gateway/retention/holdings.ts, and nothing else is', async () => {
    const rows = await database.sql<{ column: string }>(
      `select c.relname || '.' || a.attname as column
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and (a.attname ~ '(^|_)sealed(_|$)|(digests?|sha256)$' or a.attname = 'salt') order by 1`,
    )
    const listed = [...HOLDINGS.map(({ columns }) => columns), NO_PERSON].flatMap((columns) =>
      Object.entries(columns).flatMap(([table, names]) => names.map((name) => `${table}.${name}`)),
    )
    expect(rows.map(({ column }) => column)).toEqual(listed.sort())
  })

  it('the README shows the same table', () => {
    const readme = readFileSync(new URL('../../gateway/retention/README.md', import.meta.url), 'utf8')
    for (const { zh, detail, columns } of HOLDINGS) {
      expect(readme).toContain(zh)
      expect(readme).toContain(detail)
      for (const table of Object.keys(columns)) expect(readme).toContain(`\`${table}\``)
    }
  })
})
