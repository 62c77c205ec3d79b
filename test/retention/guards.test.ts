import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresRetentionStore } from '../../gateway/adapters/postgres/retention/store.ts'
import type { Operator } from '../../gateway/operators/types.ts'
import { earliestDeletion, longestMonths, RECORD_KINDS, STATUTORY_TABLE } from '../../gateway/retention/table.ts'
import { type Management, management } from '../operators/management.ts'
import { append, coverAll, monthsAgo, RESTRICT_VIOLATION, recordedAt } from './old-records.ts'

const operator: Operator = { id: 'op-system', name: '测试系管', role: 'system-administrator', member: 'rc-dsj' }

describe('nothing goes before its date, whoever asks', () => {
  let plane: Management
  let owner: pg.Client
  let old: bigint
  let fresh: bigint
  let freshId: string
  beforeAll(async () => {
    plane = await management()
    const [oldDraft, freshDraft] = [recordedAt(monthsAgo(37)), recordedAt(Date.now())]
    freshId = freshDraft.exchangeId
    const indexes = await append(plane.log, [oldDraft, freshDraft])
    old = indexes[0]!
    fresh = indexes[1]!
    owner = new pg.Client(plane.database.ownerUrl)
    await owner.connect()
  })
  afterAll(async () => {
    await owner.end()
    await plane.stop()
  })
  const act = async (verb: string, changes: object = {}): Promise<string> =>
    (
      await plane.records.append({
        operator,
        verb,
        subjectDigest: null,
        target: null,
        reason: '测试',
        details: {},
        ...changes,
      })
    ).exchangeId
  /** As the owner, by hand, naming an act. */
  async function byHand(actId: string, statement: string, values: unknown[] = []): Promise<number> {
    await owner.query('begin')
    try {
      await owner.query(`select set_config('guanyi.retention_act', $1, true)`, [actId])
      return (await owner.query(statement, values)).rowCount ?? 0
    } finally {
      await owner.query('rollback')
    }
  }

  it('the database’s rules are the statutory table, and can only be lengthened', async () => {
    const store = createPostgresRetentionStore({ url: plane.database.ownerUrl })
    const rules = await store.rules()
    const byId = (a: { id: string }, b: { id: string }): number => a.id.localeCompare(b.id)
    expect(rules.sort(byId)).toEqual(
      STATUTORY_TABLE.map((rule) => ({ ...rule, appliesTo: [...rule.appliesTo] })).sort(byId),
    )
    await store.close()
    for (const statement of [
      `delete from retention_rules`,
      `truncate retention_rules`,
      `update retention_rules set applies_to = '{}'`,
      `update retention_rules set statutory_months = 1, months = 1`,
    ]) {
      await expect(owner.query(statement), statement).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    }
    await expect(owner.query('update retention_rules set months = 5')).rejects.toMatchObject({ code: '23514' })
  })

  it('the database counts days as the table does, and its cut-off agrees with each record’s date', async () => {
    const { rows } = await owner.query<{ kind: string; day: string; due_on: string; agrees: boolean }>(
      `select kind, to_char(day, 'YYYY-MM-DD') as day, to_char(retention_due_on(at, kind), 'YYYY-MM-DD') as due_on,
              (at < retention_cutoff(kind, today)) = (retention_due_on(at, kind) <= today) as agrees
         from unnest($1::text[]) kind, generate_series('2023-12-20'::date, '2024-04-10'::date, '1 day') day,
              lateral (select (day::timestamp + interval '23 hours 59 minutes') at time zone interval '8 hours' as at) a,
              unnest(array['2024-08-28','2024-08-31','2027-02-28','2027-03-01','2027-03-02']::date[]) today`,
      [RECORD_KINDS],
    )
    expect(rows.every(({ agrees }) => agrees)).toBe(true)
    for (const { kind, day, due_on } of rows)
      expect(due_on).toBe(earliestDeletion(day, longestMonths(kind as (typeof RECORD_KINDS)[number])))
  })

  it('the service’s role has no part in it', async () => {
    const service = new pg.Client(plane.database.url)
    await service.connect()
    const purge = await act('retention.purge')
    for (const statement of [
      `select * from purge_sides('${purge}', 'release', -1, 10)`,
      `select * from purge_entries('${purge}', 1)`,
      `select erase_side('${purge}', '${freshId}')`,
      `set guanyi.retention_act = '${purge}'; delete from record_sides`,
      `update retention_rules set months = 600`,
      `update log_tree set lowest_kept = 256`,
    ]) {
      await expect(service.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    }
    await service.end()
  })

  it('by hand, a due side may go under a durable act; everything else stays', async () => {
    const purge = await act('retention.purge')
    const one = 'delete from record_sides where index = $1'
    expect(await byHand(purge, one, [old])).toBe(1)
    await expect(byHand(purge, one, [fresh])).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await expect(byHand(purge, 'delete from record_sides')).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await expect(byHand('no-such-act', one, [old])).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await expect(byHand('', one, [old])).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await expect(byHand(freshId, one, [old])).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await expect(byHand(await act('dossier.view'), one, [old])).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await expect(byHand(purge, 'update record_sides set salt = null where index = $1', [old])).rejects.toMatchObject({
      code: RESTRICT_VIOLATION,
    })
    await expect(byHand(purge, 'delete from records where index = $1', [old])).rejects.toMatchObject({
      code: RESTRICT_VIOLATION,
    })
    await expect(byHand(purge, 'update log_tree set lowest_kept = 256')).rejects.toMatchObject({
      code: RESTRICT_VIOLATION,
    })
  })

  it('an act older than an hour announces nothing any more', async () => {
    const nowMs = plane.clock.ms
    plane.clock.ms -= 3_700_000
    const stale = await act('retention.purge')
    plane.clock.ms = nowMs
    await expect(owner.query(`select * from purge_sides($1, 'release', -1, 10)`, [stale])).rejects.toMatchObject({
      code: RESTRICT_VIOLATION,
    })
  })

  it('an erasure is for its own record and takes a legal duty', async () => {
    const one = 'delete from record_sides where index = $1'
    const bare = await act('retention.erase', { target: freshId })
    await expect(byHand(bare, one, [fresh])).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    const lawful = await act('retention.erase', { target: freshId, details: { legalDuty: '个人信息保护法第四十七条' } })
    expect(await byHand(lawful, one, [fresh])).toBe(1)
    await expect(byHand(lawful, one, [old])).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await coverAll(plane.database)
    await expect(byHand(lawful, 'update log_tree set lowest_kept = 0 + 256')).rejects.toMatchObject({
      code: RESTRICT_VIOLATION,
    })
  })

  it('replica mode and partitions change nothing', async () => {
    const purge = await act('retention.purge')
    await owner.query('set session_replication_role = replica')
    const [{ name }] = (
      await owner.query('select tableoid::regclass::text as name from record_sides where index = $1', [fresh])
    ).rows as [{ name: string }]
    await expect(byHand(purge, `delete from ${name} where index = $1`, [fresh])).rejects.toMatchObject({
      code: RESTRICT_VIOLATION,
    })
    await expect(byHand(purge, 'delete from record_sides where index = $1', [fresh])).rejects.toMatchObject({
      code: RESTRICT_VIOLATION,
    })
    await owner.query('set session_replication_role = origin')
  })
})
