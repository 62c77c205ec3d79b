import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresNoticeStore } from '../../gateway/adapters/postgres/events/notices.ts'
import { createPostgresDeclarations } from '../../gateway/adapters/postgres/people/declarations.ts'
import { openPeopleDatabase } from '../../gateway/adapters/postgres/people/tables.ts'
import { createPostgresRetentionStore } from '../../gateway/adapters/postgres/retention/store.ts'
import type { Operator } from '../../gateway/operators/types.ts'
import { eraseRecord } from '../../gateway/retention/erase.ts'
import { purgeDue } from '../../gateway/retention/purge.ts'
import type { RetentionStore } from '../../gateway/retention/types.ts'
import { draft } from '../conformance/exchange-log.ts'
import { type Management, management } from '../operators/management.ts'
import { append, monthsAgo, RESTRICT_VIOLATION, recordedAt } from '../retention/old-records.ts'

const operator: Operator = { id: 'op-system', name: '测试系管', role: 'system-administrator', member: 'rc-dsj' }
const DUTY = '个人信息保护法第四十七条第一款第四项'
const DAY_MS = 86_400_000
const day = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')

describe('declared values and tasks of clerks end', () => {
  let plane: Management
  let store: RetentionStore
  const sql = (text: string, values: unknown[] = []) => plane.database.sql<Record<string, unknown>>(text, values)
  beforeAll(async () => {
    plane = await management()
    store = createPostgresRetentionStore({ url: plane.database.ownerUrl })
  })
  afterAll(async () => {
    await store.close()
    await plane.stop()
  })

  /** A recorded declaration of one value, as a gateway of that time would have left it. */
  async function declared(ms: number, subject: string, validUntilMs: number): Promise<string> {
    const exchangeId = randomUUID()
    await append(plane.log, [recordedAt(ms, { exchangeId, columns: { ...draft().columns, mode: 'declarations' } })])
    await reserved(exchangeId, ms, subject, validUntilMs)
    return exchangeId
  }
  async function reserved(exchangeId: string, ms: number, subject: string, validUntilMs: number): Promise<void> {
    await sql(
      `insert into declarations (exchange_id, system, declaration_id, content_digest, member, scenario, item, dataset, subject_digest,
                                 sealed_operator, method, declared_at, verified_at, valid_until)
       values ($1, 'rc-land', $1, 'd', 'rc-zrzyj', 'P5.1', 'rongcheng-p-055', 'declared-contact', $2, 'x', 'contact', $3, $3, $4)`,
      [exchangeId, `k1:${subject}`, new Date(ms), day(validUntilMs)],
    )
    await sql(`insert into declared_values values ($1, 'phone', 'x')`, [exchangeId])
  }
  /** A task asked by recorded exchanges, ended or not. */
  async function task(ms: number, subject: string, goodUntilMs: number | null, asked: number): Promise<string[]> {
    const exchanges = Array.from({ length: asked }, () => randomUUID())
    await append(
      plane.log,
      exchanges.map((exchangeId) => recordedAt(ms, { exchangeId })),
    )
    const id = randomUUID()
    await sql(
      `insert into clerk_tasks (task_id, dataset, provider, member, scenario, purpose, fields, question_digest, subject_digest,
                                sealed_question, opened_at)
       values ($1, 'village-assistance', 'rc-nyncj', 'rc-zrzyj', 'P5.4', 'x', '{a}', $2, $2, 'x', $3)`,
      [id, `k1:${subject}`, new Date(ms)],
    )
    for (const exchangeId of exchanges)
      await sql('insert into clerk_task_askings values ($1, $2, $3)', [id, exchangeId, new Date(ms)])
    if (goodUntilMs !== null)
      await sql(`insert into clerk_task_ends values ($1, 'answered', null, 'act', 'x', $2, $3)`, [
        id,
        new Date(ms),
        new Date(goodUntilMs),
      ])
    return exchanges
  }
  const left = async (): Promise<unknown[]> =>
    [
      ...(await sql(
        `select d.subject_digest as d from declarations d join declared_values using (exchange_id) order by 1`,
      )),
      ...(await sql(`select subject_digest as d from clerk_tasks order by 1`)),
    ].map(({ d }) => d)
  const purge = () => purgeDue({ store, records: plane.records }, operator, '到期')

  it('half a year after they stopped being used, and not before', async () => {
    const [old, young, now] = [monthsAgo(8), monthsAgo(3), Date.now()]
    await declared(old, 'd-ran-out-long-ago', old + DAY_MS)
    await declared(old, 'd-ran-out-lately', young)
    await declared(old, 'd-superseded', now + 300 * DAY_MS)
    await declared(old + DAY_MS, 'd-superseded', now + 300 * DAY_MS)
    await declared(old, 'd-in-force', now + 300 * DAY_MS)
    await task(old, 't-used-up', old + DAY_MS, 1)
    await task(old, 't-used-lately', young, 1)
    await task(old, 't-open', null, 1)
    await task(old, 't-never-seen', null, 0)
    expect((await store.status()).heldDue).toMatchObject({ declared: 2, task: 2 })

    const one = await sql(`select exchange_id from declarations where subject_digest = 'k1:d-in-force'`)
    const { exchangeId: act } = await plane.records.append({
      operator,
      verb: 'retention.purge',
      subjectDigest: null,
      target: null,
      reason: '到期',
      details: {},
    })
    for (const table of ['declarations', 'declared_values', 'clerk_tasks', 'clerk_task_askings', 'clerk_task_ends'])
      for (const text of [
        `delete from ${table}`,
        `truncate ${table} cascade`,
        `set guanyi.retention_act = '${act}'; delete from ${table}`,
      ])
        await expect(sql(text), text).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
    await sql(`select set_config('guanyi.retention_act', '', false)`)
    await expect(sql(`update declared_values set sealed = 'y'`)).rejects.toMatchObject({ code: RESTRICT_VIOLATION })

    expect(await purge()).toMatchObject({ held: { declared: 2, task: 2 } })
    expect(await left()).toEqual(
      ['k1:d-in-force', 'k1:d-ran-out-lately', 'k1:d-superseded', 't-open', 't-used-lately'].map((name) =>
        name.startsWith('k1:') ? name : `k1:${name}`,
      ),
    )
    // That it was declared, and by whom, stays as long as its record's sides.
    expect(await sql('select from declarations')).toHaveLength(5)
    expect(one).toHaveLength(1)
    expect((await plane.entries()).at(-1)).toMatchObject({ details: { declaredValues: 2, clerkTasks: 2 } })
  })

  it('a task nobody ever saw is purged by itself, and announced', async () => {
    await purge()
    await task(Date.now() - 2 * DAY_MS, 't-broken-off', null, 0)
    await task(Date.now() - DAY_MS / 2, 't-just-now', null, 0)
    expect((await store.status()).heldDue.task).toBe(1)
    expect(await purge()).toMatchObject({ act: expect.any(String), held: { task: 1 } })
    expect(await left()).not.toContain('k1:t-broken-off')
    expect(await left()).toContain('k1:t-just-now')
    expect((await plane.entries()).slice(-2)).toMatchObject([
      { verb: 'retention.purge', details: { clerkTasks: 1 } },
      { verb: 'retention.purged', details: { clerkTasks: 1 } },
    ])
    expect(await purge()).toMatchObject({ act: null })
  })

  it('erasing a record takes what it declared, and a task with the last exchange that asked it', async () => {
    const deps = { store, records: plane.records }
    const mine = await declared(monthsAgo(1), 'e-mine', Date.now() + DAY_MS)
    const [first, second] = await task(monthsAgo(1), 'e-asked-twice', null, 2)
    const erase = (exchangeId: string) =>
      eraseRecord(deps, operator, { exchangeId, reason: '依当事人申请', legalDuty: DUTY })
    await erase(mine)
    expect(await left()).not.toContain('k1:e-mine')
    expect(await sql(`select from declarations where subject_digest = 'k1:e-mine'`)).toEqual([])
    await erase(first!)
    expect(await left()).toContain('k1:e-asked-twice')
    await erase(second!)
    expect(await left()).not.toContain('k1:e-asked-twice')
    expect(await sql('select from clerk_task_askings where exchange_id = any($1)', [[first, second]])).toEqual([])
  })

  it('erasing a declaration strikes what it had replaced, of its fields only, and leaves nothing that leads back to it', async () => {
    const now = Date.now()
    const [older, other, gone] = [
      await declared(monthsAgo(2), 'x-erased', now + DAY_MS),
      await declared(monthsAgo(2), 'x-somebody-else', now + DAY_MS),
      await declared(monthsAgo(1), 'x-erased', now + DAY_MS),
    ]
    const newer = await declared(now - 3_600_000, 'x-erased', now + DAY_MS)
    await sql(`insert into declared_values values ($1, 'email', 'x')`, [older])
    const act = await eraseRecord({ store, records: plane.records }, operator, {
      exchangeId: gone,
      reason: '依当事人申请',
      legalDuty: DUTY,
    })
    const strikes = await sql(`select row_to_json(s)::text as strike, exchange_id, field from declaration_strikes s`)
    expect(strikes.map(({ exchange_id, field }) => [exchange_id, field])).toEqual([[older, 'phone']])
    expect(strikes[0]!.strike).not.toContain(gone)
    expect(strikes[0]!.strike).not.toContain(act.act)

    const reader = openPeopleDatabase(plane.database.url)
    const newest = async (subject: string) =>
      (await createPostgresDeclarations(reader).newest('declared-contact', `k1:${subject}`, ['phone', 'email'])).map(
        ({ exchange, field }) => [field, exchange],
      )
    try {
      expect(await newest('x-erased')).toEqual([
        ['email', older],
        ['phone', newer],
      ])
      await eraseRecord({ store, records: plane.records }, operator, {
        exchangeId: newer,
        reason: '依当事人申请',
        legalDuty: DUTY,
      })
      expect(await newest('x-erased')).toEqual([['email', older]])
      expect(await newest('x-somebody-else')).toEqual([['phone', other]])
    } finally {
      await reader.destroy()
    }
  })

  it('a declaration’s notice stays as long as it, is raised again when it is erased, and goes with that', async () => {
    const exchangeId = await declared(monthsAgo(8), 'n-old', Date.now() + DAY_MS)
    await sql(
      `insert into change_notices values ($1, 'rc-zrzyj', 'declared-contact', 'updated', 'x', $2, $2, $2),
                                         ($1 || '-plain', 'rc-zrzyj', 'declared-contact', 'updated', 'x', $2, $2, $2)`,
      [exchangeId, new Date(monthsAgo(8))],
    )
    expect((await store.status()).heldDue.notice).toBe(1)
    expect(await purge()).toMatchObject({ held: { notice: 1 } })
    const reader = openPeopleDatabase(plane.database.url)
    const notices = createPostgresNoticeStore(reader)
    const due = async () => (await notices.unraised(10)).map((notice) => notice.exchangeId)
    try {
      expect(await due()).toEqual([])
      await eraseRecord({ store, records: plane.records }, operator, {
        exchangeId,
        reason: '依当事人申请',
        legalDuty: DUTY,
      })
      expect(await due()).toEqual([exchangeId])
      await expect(sql('delete from change_notices')).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
      await notices.raised(exchangeId, Date.now())
      expect(await sql('select from change_notices')).toEqual([])
    } finally {
      await reader.destroy()
    }
  })

  it('a declaration that got no record goes after a day, announced, and no sooner', async () => {
    const reserve = async (ms: number, subject: string): Promise<string> => {
      const exchangeId = randomUUID()
      await reserved(exchangeId, ms, subject, Date.now() + 300 * DAY_MS)
      return exchangeId
    }
    const [old, young] = [await reserve(Date.now() - 2 * DAY_MS, 'a-old'), await reserve(Date.now(), 'a-young')]
    await sql(
      `insert into change_notices values ($1, 'rc-zrzyj', 'declared-contact', 'updated', 'x', now(), now(), null)`,
      [old],
    )
    expect((await store.status()).heldDue.declared).toBe(1)
    expect(await purge()).toMatchObject({ act: expect.any(String), held: { declared: 1 } })
    expect(
      await sql(`select exchange_id from declarations join declared_values using (exchange_id)
                  where subject_digest like 'k1:a-%'`),
    ).toEqual([{ exchange_id: young }])
    expect((await plane.entries()).at(-1)).toMatchObject({ details: { declaredValues: 1 } })
  })

  it('a declaration’s notice is not taken before its record is there', async () => {
    const exchangeId = randomUUID()
    await reserved(exchangeId, Date.now(), 'w-waits', Date.now() + DAY_MS)
    await sql(
      `insert into change_notices values ($1, 'rc-zrzyj', 'declared-contact', 'updated', 'x', now(), now(), null)`,
      [exchangeId],
    )
    const reader = openPeopleDatabase(plane.database.url)
    const mine = async () =>
      (await createPostgresNoticeStore(reader).unraised(100)).filter((notice) => notice.exchangeId === exchangeId)
        .length
    try {
      expect(await mine()).toBe(0)
      await append(plane.log, [recordedAt(Date.now(), { exchangeId })])
      expect(await mine()).toBe(1)
    } finally {
      await reader.destroy()
    }
  })

  it('the sides of an old record take its declaration along', async () => {
    await declared(monthsAgo(37), 's-old', monthsAgo(1))
    expect(await purge()).toMatchObject({ sides: { release: 1 } })
    expect(await sql(`select from declarations where subject_digest = 'k1:s-old'`)).toEqual([])
  })
})
