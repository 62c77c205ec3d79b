import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../seeds/services/postgres-client.ts'
import { type FreshDatabase, freshDatabase } from '../support/services.ts'

describe('the PostgreSQL the tests use', () => {
  let database: FreshDatabase
  beforeAll(async () => {
    database = await freshDatabase()
  })
  afterAll(() => database.drop())

  const show = (name: string): Promise<unknown> =>
    withClient(database.url, async (client) => {
      const { rows } = await client.query('SELECT current_setting($1) AS value', [name])
      return rows[0].value
    })

  it.each([
    ['fsync', 'on'],
    ['synchronous_commit', 'on'],
    ['full_page_writes', 'on'],
    ['listen_addresses', '127.0.0.1'],
    ['server_encoding', 'UTF8'],
    ['TimeZone', 'UTC'],
  ])('has %s = %s', async (name, value) => {
    expect(await show(name)).toBe(value)
  })

  it('keeps Chinese text and sorts it by code point', async () => {
    const sorted = await withClient(database.url, async (client) => {
      const { rows } = await client.query(`SELECT v FROM (VALUES ('荣成市'), ('关驿'), ('a')) AS t(v) ORDER BY v`)
      return rows.map(({ v }) => v)
    })
    expect(sorted).toEqual(['a', '关驿', '荣成市'])
  })

  it('refuses a wrong password', async () => {
    const url = new URL(database.url)
    url.password = 'wrong'
    await expect(withClient(url.href, (client) => client.query('SELECT 1'))).rejects.toMatchObject({ code: '28P01' })
  })
})
