import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkRecords } from '../../../gateway/adapters/postgres/log/records-check.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { type LogUnderTest, logUnderTest, published } from './log-support.ts'

let under: LogUnderTest
const at = Date.UTC(2026, 10, 20)
beforeEach(async () => {
  under = await logUnderTest()
  const drafts = Array.from({ length: 300 }, () => {
    const base = draft({ recordedAtMs: at })
    const { exchangeId, columns } = base
    const entry = { exchangeId, at: new Date(at).toISOString(), ...columns, case: columns.caseNo, grants: null }
    return { ...base, entry: Buffer.from(JSON.stringify(entry)) }
  })
  await under.records.appendAll(drafts)
  const service = under.service()
  service.start()
  await published(service, 300)
})
afterEach(() => under.close())

/** What an administrator of the database could do: take the triggers off first. */
async function tamper(statement: string): Promise<void> {
  const { sql } = under.database
  const tables = await sql<{ name: string }>(
    `select distinct tableoid::regclass::text as name from records union select 'exchange_ids'`,
  )
  for (const { name } of tables) await sql(`alter table ${name} disable trigger user`)
  await sql(statement)
}

describe('records against the tree', () => {
  it('a whole database passes', async () => {
    expect(await checkRecords(under.database.url)).toEqual({ checked: 300, fault: null })
  })
  it.each([
    {
      name: 'an entry rewritten',
      statement: `update records set entry = '{}' where index = 7`,
      index: 7,
      says: 'record 7',
    },
    { name: 'a record deleted', statement: 'delete from records where index = 260', index: 260, says: 'missing' },
    {
      name: 'a record put in another’s place',
      statement: `update records set index = 8, recorded_at = recorded_at + interval '40 days' where index = 9`,
      index: 9,
      says: 'twice',
    },
    {
      name: 'a column changed',
      statement: `update records set system = 'other' where index = 3`,
      index: 3,
      says: 'system',
    },
    { name: 'a case hidden', statement: `update records set case_no = 'x' where index = 3`, index: 3, says: 'caseNo' },
    {
      name: 'a time moved',
      statement: `update records set recorded_at = recorded_at + interval '1 hour' where index = 3`,
      index: 3,
      says: 'recorded_at',
    },
    {
      name: 'an id that leads nowhere',
      statement: 'delete from exchange_ids where index = 5',
      index: 5,
      says: 'exchange_ids',
    },
  ])('$name is named', async ({ statement, index, says }) => {
    await tamper(statement)
    const { fault } = await checkRecords(under.database.url)
    expect(fault).toMatchObject({ code: 'entry', index, en: expect.stringContaining(says) })
  })
})
