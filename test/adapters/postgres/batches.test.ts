import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresBatchStore } from '../../../gateway/adapters/postgres/batches/store.ts'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import type { BatchStore, Turn } from '../../../gateway/batches/types.ts'
import type { ExchangeLog, RecordDraft } from '../../../gateway/ports/exchange-log.ts'
import { run as guanyi } from '../../cli/run.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

let database: MigratedDatabase
let store: BatchStore
let log: ExchangeLog
beforeAll(async () => {
  database = await migratedDatabase()
  store = createPostgresBatchStore({ url: database.url })
  log = createPostgresExchangeLog({ url: database.url })
})
afterAll(async () => {
  await store?.close()
  await log?.close()
  await database?.drop()
})
afterEach(async () => {
  await database.sql('delete from batches; delete from batch_lines')
})

const SEALED = { sealedRequest: Buffer.from('sealed'), subjectsSha256: 'digest' }

interface Staged {
  id: string
  upload: string
  exchangeIds: string[]
}

/** A batch of so many lines, waiting to be run. */
async function staged(member: string, count: number): Promise<Staged> {
  const id = randomUUID()
  const upload = randomUUID()
  const exchangeIds = Array.from({ length: count }, () => randomUUID())
  await store.create({
    id,
    system: `${member}-system`,
    member,
    scenario: 'P2.1',
    ...SEALED,
    count,
    createdAtMs: Date.now(),
    expiresAtMs: Date.now() + 60_000,
  })
  await store.beginUpload(upload, id)
  await store.stage(
    upload,
    exchangeIds.map((exchangeId, at) => ({ line: at + 1, exchangeId, sealed: Buffer.from(`line ${at + 1}`) })),
  )
  await store.acceptUpload(upload, id)
  return { id, upload, exchangeIds }
}

const claim = (
  options: { lines?: number; leaseMs?: number; turnsPerMember?: number } = {},
): Promise<Turn | undefined> =>
  store.claim({ token: randomUUID(), lines: 2, leaseMs: 60_000, turnsPerMember: 100, ...options })

const finishing = (
  { id, upload, exchangeIds }: Staged,
  line: number,
  changes: Partial<RecordDraft> = {},
): RecordDraft =>
  draft({
    exchangeId: exchangeIds[line - 1]!,
    line: { batch: id, upload, line, sealedResult: Buffer.from(`result ${line}`) },
    ...changes,
  })

const lineRows = (upload: string) =>
  database.sql<{
    line: number
    state: string
    outcome: string | null
    result: string | null
    sealed_line: Buffer | null
  }>(
    `select line, state, outcome, convert_from(sealed_result, 'UTF8') as result, sealed_line
       from batch_lines where upload = $1 order by line`,
    [upload],
  )
const records = async (): Promise<number> =>
  (await database.sql<{ n: number }>('select count(*)::int as n from records'))[0]!.n

describe('turns', () => {
  it('go round between members, however many batches and lines one of them has', async () => {
    const large = await staged('large', 20)
    const second = await staged('large', 20)
    const small = await staged('small', 6)
    const served: string[] = []
    for (let turn = 0; turn < 8; turn++) served.push((await claim())!.batch.id)
    const member = (id: string): string => (id === small.id ? 'small' : 'large')
    expect(served.slice(0, 6).map(member).toSorted()).toEqual(['large', 'large', 'large', 'small', 'small', 'small'])
    for (let at = 1; at < 6; at++) expect(member(served[at]!)).not.toBe(member(served[at - 1]!))
    // The small one has been handed out whole; within a member its batches take turns too.
    expect(new Set(served.slice(4).filter((id) => id !== small.id))).toEqual(new Set([large.id, second.id]))
  })

  it('are never more than a member’s share at a time', async () => {
    await staged('large', 20)
    const taken = [await claim({ turnsPerMember: 2 }), await claim({ turnsPerMember: 2 })]
    expect(taken.every((turn) => turn !== undefined)).toBe(true)
    expect(await claim({ turnsPerMember: 2 })).toBeUndefined()
  })

  it('of a worker that died are taken over; it cannot end or keep them then', async () => {
    await staged('large', 2)
    const dead = (await claim({ leaseMs: 1 }))!
    await expect.poll(() => store.hasWork()).toBe(true)
    const next = (await claim())!
    expect(next).toMatchObject({ firstLine: dead.firstLine, lastLine: dead.lastLine })
    expect(await store.renew(dead, 60_000)).toBe('lost')
    expect(await store.end(dead, ['http://127.0.0.1/notices'])).toBe(false)
    expect(await store.renew(next, 60_000)).toBe('held')
  })

  it('nobody can finish wait longer each time, do not keep others out, and are shown', async () => {
    const poisoned = await staged('poisoned', 2)
    const other = await staged('other', 20)
    const served: string[] = []
    for (let turn = 0; turn < 4; turn++) {
      const taken = (await claim())!
      served.push(taken.batch.id)
      if (taken.batch.id === poisoned.id) await store.release(taken, false)
    }
    expect(served.filter((id) => id === poisoned.id)).toHaveLength(1)
    expect(served.filter((id) => id === other.id)).toHaveLength(3)
    for (let attempt = 2; attempt <= 4; attempt++) {
      await database.sql(`update batch_turns set until = now() - interval '1 hour' where batch = $1`, [poisoned.id])
      await database.sql(`update batch_turns set until = now() + interval '1 hour' where batch = $1`, [other.id])
      const again = (await claim())!
      expect(again.batch.id).toBe(poisoned.id)
      await store.release(again, false)
    }
    const [stuck] = await store.stuck(10)
    expect(stuck).toMatchObject({ batch: poisoned.id, firstLine: 1, lastLine: 2, attempts: 4 })
    expect(stuck!.nextAtMs - Date.now()).toBeGreaterThan(2_000)
    const shown = await guanyi(['batch', 'stuck', '--json'], { env: { DATABASE_URL: database.url } })
    expect(JSON.parse(shown.out)).toMatchObject([{ batch: poisoned.id, attempts: 4 }])
  })
})

describe('the end of a batch', () => {
  it('comes with its last turn, and its notices with it in one transaction', async () => {
    const batch = await staged('one', 4)
    const turns = [(await claim())!, (await claim())!]
    for (const line of [1, 2, 3, 4]) await log.append(finishing(batch, line))
    const urls = ['http://127.0.0.1/a', 'http://127.0.0.1/b']
    expect(await store.end(turns[0]!, urls)).toBe(false)
    expect(await store.deliveries(10)).toEqual([])
    expect(await store.end(turns[1]!, urls)).toBe(true)
    expect(await store.find(batch.id)).toMatchObject({ state: 'completed', released: 4 })
    expect((await store.deliveries(10)).map(({ url, state }) => [url, state]).toSorted()).toEqual([
      [urls[0], 'pending'],
      [urls[1], 'pending'],
    ])
  })
})

describe('a line', () => {
  it('is done, readable and counted with its record', async () => {
    const batch = await staged('one', 2)
    expect(await log.append(finishing(batch, 1))).toMatchObject({ status: 'recorded', duplicate: false })
    expect(await lineRows(batch.upload)).toEqual([
      { line: 1, state: 'done', outcome: 'released', result: 'result 1', sealed_line: null },
      { line: 2, state: 'waiting', outcome: null, result: null, sealed_line: Buffer.from('line 2') },
    ])
    expect(await store.find(batch.id)).toMatchObject({ released: 1, refused: 0, failed: 0, revision: 3n })
  })

  it('goes with others of its batch and with single exchanges in one commit', async () => {
    const batch = await staged('one', 3)
    const refusal = draft().columns
    const results = await Promise.all([
      log.append(finishing(batch, 1)),
      log.append(draft()),
      log.append(finishing(batch, 2, { columns: { ...refusal, outcome: 'refused', code: 'access.denied' } })),
      log.append(finishing(batch, 3, { columns: { ...refusal, outcome: 'failed', code: 'provider.timeout' } })),
    ])
    expect(results.map(({ status }) => status)).toEqual(['recorded', 'recorded', 'recorded', 'recorded'])
    expect(await store.find(batch.id)).toMatchObject({ released: 1, refused: 1, failed: 1 })
  })

  it.each(['batch_lines', 'batches'])('has no record when %s cannot be written', async (table) => {
    const batch = await staged('one', 1)
    const before = await records()
    await database.sql(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
      create trigger refuse before update on ${table} for each row execute function refuse()`)
    await expect(log.append(finishing(batch, 1))).rejects.toMatchObject({ code: 'record.unavailable' })
    await database.sql(`drop trigger refuse on ${table}; drop function refuse`)
    expect(await records()).toBe(before)
    expect(await lineRows(batch.upload)).toMatchObject([{ state: 'waiting', result: null }])
    expect(await store.find(batch.id)).toMatchObject({ released: 0 })
  })

  it('is not done by a record that was not made', async () => {
    const batch = await staged('one', 1)
    const stale = await log.append(finishing(batch, 1, { authorisationVersion: 10_000n }))
    expect(stale.status).toBe('stale')
    expect(await lineRows(batch.upload)).toMatchObject([{ state: 'waiting', result: null }])
  })

  it('keeps the answer of the first record, whoever comes later', async () => {
    const batch = await staged('one', 1)
    await log.append(finishing(batch, 1))
    const later = finishing(batch, 1)
    later.line = { ...later.line!, sealedResult: Buffer.from('another answer') }
    expect(await log.append(later)).toMatchObject({ status: 'recorded', duplicate: true })
    expect(await lineRows(batch.upload)).toMatchObject([{ state: 'done', result: 'result 1' }])
    expect(await store.find(batch.id)).toMatchObject({ released: 1 })
  })

  it('recorded without its answer, by an earlier release, ends as the record says and shows no other answer', async () => {
    const batch = await staged('one', 1)
    const { line: _line, ...recordOnly } = finishing(batch, 1)
    await log.append({ ...recordOnly, columns: { ...recordOnly.columns, outcome: 'refused', code: 'access.denied' } })
    expect(await log.append(finishing(batch, 1))).toMatchObject({ duplicate: true })
    expect(await lineRows(batch.upload)).toMatchObject([{ state: 'done', outcome: 'refused', result: null }])
    expect(await store.find(batch.id)).toMatchObject({ released: 0, refused: 1 })
  })
})

describe('an upload', () => {
  it('whose acceptance got no answer keeps its lines when it is dropped', async () => {
    const batch = await staged('one', 3)
    await store.dropUpload(batch.upload)
    expect(await lineRows(batch.upload)).toHaveLength(3)
  })

  it('gives way to a later one of its batch: its lines go, and it can stage no more, also at the same moment', async () => {
    const id = randomUUID()
    const line = (n: number) => ({ line: n, exchangeId: randomUUID(), sealed: Buffer.from(`line ${n}`) })
    await store.create({ ...(await store.find((await staged('one', 1)).id))!, ...SEALED, id })
    const uploads: string[] = Array.from({ length: 8 }, () => randomUUID())
    const staging = await Promise.all(
      uploads.map(async (upload) => {
        await store.beginUpload(upload, id)
        const kept: boolean[] = []
        for (let n = 1; n <= 10; n++) kept.push(await store.stage(upload, [line(n)]))
        return kept
      }),
    )
    const [left, ...others] = await database.sql<{ id: string }>('select id from batch_uploads where batch = $1', [id])
    expect(others).toEqual([])
    expect(
      await database.sql('select upload, count(*)::int as n from batch_lines where upload = any($1) group by upload', [
        uploads,
      ]),
    ).toEqual([{ upload: left!.id, n: 10 }])
    expect(staging[uploads.indexOf(left!.id)]).toEqual(Array(10).fill(true))
    for (const upload of uploads.filter((each) => each !== left!.id)) {
      expect(await store.stage(upload, [line(11)])).toBe(false)
      expect(await store.acceptUpload(upload, id)).toBe('overtaken')
    }
    expect(await store.acceptUpload(left!.id, id)).toBe('accepted')
  })

  it('given up as abandoned cannot be accepted any more, and leaves nothing', async () => {
    const batch = await staged('one', 1)
    const [late, id] = [randomUUID(), randomUUID()]
    await store.create({ ...(await store.find(batch.id))!, ...SEALED, id })
    await store.beginUpload(late, id)
    await store.stage(late, [{ line: 1, exchangeId: randomUUID(), sealed: Buffer.from('line') }])
    await database.sql(`update batch_uploads set begun_at = now() - interval '2 hours' where id = $1`, [late])
    expect(await store.dropAbandoned()).toBe(1)
    expect(await store.acceptUpload(late, id)).toBe('overtaken')
    expect(await store.find(id)).toMatchObject({ state: 'awaiting-subjects', upload: null })
    expect(await store.stage(late, [{ line: 2, exchangeId: randomUUID(), sealed: Buffer.from('line') }])).toBe(false)
    expect(await lineRows(late)).toEqual([])
  })
})
