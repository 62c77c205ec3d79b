import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectorSchemas } from '../../connectors/index.ts'
import { createPostgresRetentionStore } from '../../gateway/adapters/postgres/retention/store.ts'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import { roleFindings } from '../../gateway/cli/doctor/service-role.ts'
import { purgeDueTask } from '../../gateway/jobs/purge-due.ts'
import { rebuildDossiers } from '../../gateway/jobs/rebuild-dossiers.ts'
import { startWorker } from '../../gateway/jobs/start-worker.ts'
import type { Operator } from '../../gateway/operators/types.ts'
import { eraseRecord } from '../../gateway/retention/erase.ts'
import { purgeDue } from '../../gateway/retention/purge.ts'
import type { RetentionStore } from '../../gateway/retention/types.ts'
import { draft } from '../conformance/exchange-log.ts'
import { until } from '../conformance/grant-store.ts'
import { type Management, management } from '../operators/management.ts'
import { freshRedis } from '../support/services.ts'
import { append, monthsAgo, RESTRICT_VIOLATION, recordedAt } from './old-records.ts'

const operator: Operator = { id: 'op-system', name: '测试系管', role: 'system-administrator', member: 'rc-dsj' }
const CASE = '11371082PDY003018B3370705001001202611200901'
const DUTY = '个人信息保护法第四十七条第一款第四项'

describe('what lies beside the log and leads to a person', () => {
  let plane: Management
  let store: RetentionStore
  const { sql } = {
    sql: (text: string, values: unknown[] = []) => plane.database.sql<Record<string, unknown>>(text, values),
  }
  beforeAll(async () => {
    plane = await management()
    store = createPostgresRetentionStore({ url: plane.database.ownerUrl })
  })
  afterAll(async () => {
    await store.close()
    await plane.stop()
  })
  const catalog = async () => await loadCatalog('catalogs', { connectorSchemas })

  /** A recorded event of one subject, as a gateway of that time would have left it. */
  async function event(ms: number, subject: string): Promise<string> {
    const exchangeId = randomUUID()
    await append(plane.log, [recordedAt(ms, { exchangeId, columns: { ...draft().columns, mode: 'events' } })])
    await sql(
      `insert into events (exchange_id, system, event_id, content_digest, member, kind, item, scenario, case_no, occurred_at, reported_at,
                           certificate_type, certificate_digest, sealed_certificate)
       values ($1, 'rc-enrolment', $1, 'd', 'rc-jyj', 'issued', 'rongcheng-p-008', 'P2.1', $2, $3, $3, 'weihai-c-030', $4, 'x')`,
      [exchangeId, CASE, new Date(ms), `k1:c-${subject}`],
    )
    await sql(`insert into event_subjects values ($1, 0, 'applicant', 'person', 'resident-id', $2, 'x')`, [
      exchangeId,
      `k1:${subject}`,
    ])
    return exchangeId
  }
  const held = async () => ({
    subjects: (await sql('select subject_digest as d from event_subjects order by 1')).map(({ d }) => d),
    timeline: (await sql('select subject_digest as d from dossier_timeline order by 1')).map(({ d }) => d),
    certificates: (await sql('select subject_digest as d from dossier_certificates order by 1')).map(({ d }) => d),
    cases: (await sql('select subject_digests as d from cases')).flatMap(({ d }) => d),
  })
  const only = (...of: string[]) => ({ subjects: of, timeline: of, certificates: of, cases: of })

  it('events go by their own rule, and what was made of them is as if they had never been', async () => {
    await event(monthsAgo(37), 'old')
    await event(monthsAgo(2), 'young')
    await rebuildDossiers(plane.database.ownerUrl, await catalog())
    expect(await held()).toEqual(only('k1:old', 'k1:young'))
    expect((await store.status()).heldDue).toEqual({
      event: 1,
      correction: 0,
      notice: 0,
      suppression: 0,
      declared: 0,
      task: 0,
    })

    await sql(`update retention_rules set months = 60 where id = 'event-report'`)
    expect((await store.status()).heldDue.event).toBe(0)
    expect(await purgeDue({ store, records: plane.records }, operator, '到期')).toMatchObject({
      sides: { release: 1 },
      held: { event: 0 },
    })
    expect(await held()).toEqual(only('k1:old', 'k1:young')) // its record is unlinked, the dossier goes on
    await sql(`update retention_rules set months = 36 where id = 'event-report'`)

    expect(await purgeDue({ store, records: plane.records }, operator, '到期')).toMatchObject({ held: { event: 1 } })
    expect(await held()).toEqual(only('k1:young'))
    const { before, after } = await rebuildDossiers(plane.database.ownerUrl, await catalog())
    expect(after).toBe(before)
    expect((await plane.entries()).at(-1)).toMatchObject({ verb: 'retention.purged', details: { events: 1 } })
  })

  it.each(['events', 'event_subjects', 'corrections', 'correction_steps', 'change_notices', 'dossier_suppressions'])(
    'nobody removes %s by hand, the owner neither, under an act or not',
    async (table) => {
      await fill()
      const { exchangeId: act } = await plane.records.append({
        operator,
        verb: 'retention.purge',
        subjectDigest: null,
        target: null,
        reason: '到期',
        details: {},
      })
      for (const text of [
        `delete from ${table}`,
        `truncate ${table} cascade`,
        `set guanyi.retention_act = '${act}'; delete from ${table}`,
      ])
        await expect(sql(text), text).rejects.toMatchObject({ code: RESTRICT_VIOLATION })
      await sql(`select set_config('guanyi.retention_act', '', false)`)
    },
  )
  let filled = false
  async function fill(): Promise<void> {
    if (filled) return
    filled = true
    const correction = (number: string, ended: number | null) =>
      sql(
        `insert into corrections (number, exchange_id, about_exchange, system, member, provider, dataset, fields, subject_digest, sealed_text, opened_at, ended_at)
         values ($1, $1, 'x', 's', 'm', 'p', 'd', '{}', 'k1:c', 'x', $2, $3)`,
        [number, new Date(monthsAgo(50)), ended === null ? null : new Date(ended)],
      )
    await correction('open', null)
    await correction('ended-lately', monthsAgo(3))
    await sql(`insert into correction_steps values ('open', 'open', 'open', 's', 'm', null, 'x', now())`)
    await sql(
      `insert into change_notices (exchange_id, member, dataset, change, sealed_subject, occurred_at, reported_at, raised_at)
       values ('unraised', 'm', 'd', 'c', 'x', $1, $1, null), ('lately', 'm', 'd', 'c', 'x', $2, $2, $2)`,
      [new Date(monthsAgo(20)), new Date(monthsAgo(1))],
    )
    await sql(
      `insert into dossier_suppressions (subject_digest, legal_basis, valid_from, valid_until, approved_by, entered_by, entered_at, exchange_id)
       values ('k1:s', '测试', $1, $2, 'a', 'b', $1, 'lately')`,
      [new Date(monthsAgo(50)), new Date(monthsAgo(1))],
    )
  }

  it('corrections, notices and suppressions count from their end: what is open stays, however old', async () => {
    await fill()
    await sql(
      `insert into corrections (number, exchange_id, about_exchange, system, member, provider, dataset, fields, subject_digest, sealed_text, opened_at, ended_at)
       values ('due', 'due', 'x', 's', 'm', 'p', 'd', '{}', 'k1:c', 'x', $1, $1)`,
      [new Date(monthsAgo(37))],
    )
    await sql(`insert into correction_steps values ('due', 'closed', 'due', 's', 'm', null, 'x', now())`)
    await sql(
      `insert into change_notices (exchange_id, member, dataset, change, sealed_subject, occurred_at, reported_at, raised_at)
       values ('due', 'm', 'd', 'c', 'x', $1, $1, $1)`,
      [new Date(monthsAgo(7))],
    )
    await sql(
      `with s as (insert into dossier_suppressions (subject_digest, legal_basis, valid_from, valid_until, approved_by, entered_by, entered_at, exchange_id)
       values ('k1:s', '测试', $1, $2, 'a', 'b', $1, 'due') returning id) insert into dossier_suppression_lifts select id, 'x', now(), 'y' from s`,
      [new Date(monthsAgo(50)), new Date(monthsAgo(37))],
    )
    expect(await purgeDue({ store, records: plane.records }, operator, '到期')).toMatchObject({
      held: { event: 0, correction: 1, notice: 1, suppression: 1, declared: 0, task: 0 },
    })
    expect((await sql('select number from corrections order by 1')).map(({ number }) => number)).toEqual([
      'ended-lately',
      'open',
    ])
    expect((await sql('select exchange_id as id from change_notices order by 1')).map(({ id }) => id)).toEqual([
      'lately',
      'unraised',
    ])
    expect(await sql('select from dossier_suppressions')).toHaveLength(1)
  })

  it('erasing a record under a legal duty takes what it brought, and nothing of another', async () => {
    const exchangeId = await event(Date.now(), 'asking')
    const prefill = randomUUID()
    const form = draft({ entry: Buffer.from(JSON.stringify({ prefill: { id: prefill } })) })
    await append(plane.log, [form])
    await sql(
      `insert into prefills values ($1, 's', now(), now() + interval '90 days', 'x'), ($2, 's', now(), now() + interval '90 days', 'x')`,
      [prefill, randomUUID()],
    )
    await rebuildDossiers(plane.database.ownerUrl, await catalog())
    expect(await held()).toEqual(only('k1:asking', 'k1:young'))

    const deps = { store, records: plane.records }
    await eraseRecord(deps, operator, { exchangeId, reason: '依当事人申请', legalDuty: DUTY })
    expect(await held()).toEqual(only('k1:young'))
    await eraseRecord(deps, operator, { exchangeId: form.exchangeId, reason: '依当事人申请', legalDuty: DUTY })
    expect(await sql('select from prefills')).toHaveLength(1)
  })

  it('prefills go when their day has passed, without an act', async () => {
    const before = (await plane.entries()).length
    await sql(
      `insert into prefills select gen_random_uuid(), 's', now(), now() - interval '1 minute', 'x' from generate_series(1, 20)`,
    )
    expect(await purgeDue({ store, records: plane.records }, operator, '到期')).toMatchObject({
      prefills: 20,
      act: null,
    })
    expect(await plane.entries()).toHaveLength(before)
  })

  it('a run is bounded, and the next one goes on; two at once are one', async () => {
    await append(
      plane.log,
      Array.from({ length: 4_500 }, () => recordedAt(monthsAgo(37))),
    )
    for (let n = 0; n < 5; n++) await event(monthsAgo(38), `many-${n}`)
    expect(await overdue()).toMatchObject({ status: 'warn', detail: 'release, event' })
    const task = purgeDueTask({
      store,
      records: plane.records,
      member: 'rc-dsj',
      bounds: { sides: 2_000, held: 3, bundles: 1 },
    })
    const other = createPostgresRetentionStore({ url: plane.database.ownerUrl })
    const both = await Promise.all([
      task.run(),
      purgeDueTask({ store: other, records: plane.records, member: 'rc-dsj' })
        .run()
        .then(async (counts) => {
          await other.close()
          return counts
        }),
    ])
    expect(both.filter((counts) => 'busy' in counts)).toHaveLength(1)
    for (let round = 0; round < 6; round++) await task.run()
    expect(await store.status()).toMatchObject({ sidesDue: { release: 0 }, heldDue: { event: 0 } })
    expect(await overdue()).toMatchObject({ status: 'ok' })
  })
  /** What `guanyi doctor` says, with the service's rights. */
  async function overdue() {
    const client = new pg.Client(plane.database.url)
    await client.connect()
    const found = await roleFindings(client, Date.now())
    await client.end()
    return found.find(({ check }) => check === 'retention')
  }

  it('is scheduled for the night in China; a purge that fails stops no other job', async () => {
    const redis = await freshRedis()
    const lines: string[] = []
    const broken: RetentionStore = { ...store, alone: () => Promise.reject(new Error('purge broke')) }
    const options = {
      redisUrl: redis.url,
      ownerUrl: plane.database.ownerUrl,
      log: (line: string) => void lines.push(line),
    }
    const failing = await startWorker({
      ...options,
      queueName: 'failing',
      retention: { store: broken, records: plane.records, member: 'rc-dsj' },
      everyMs: { 'purge-due': 100, 'expire-grants': 100 },
    })
    await until(
      async () =>
        lines.some((line) => /^purge-due 失败.*purge broke/.test(line)) &&
        lines.filter((line) => line.startsWith('expire-grants: ')).length > 3,
      10_000,
    )
    await failing.close()

    const nightly = await startWorker({
      ...options,
      queueName: 'nightly',
      retention: { store, records: plane.records, member: 'rc-dsj' },
    })
    const { Queue } = await import('bullmq')
    const { Redis } = await import('ioredis')
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null })
    const queue = new Queue('nightly', { connection })
    const scheduled = await queue.getJobScheduler('purge-due')
    expect(scheduled).toMatchObject({ pattern: '30 3 * * *', tz: 'Asia/Shanghai' })
    expect(new Date(scheduled!.next! + 8 * 3_600_000).toISOString()).toMatch(/T03:30:00/)
    await queue.close()
    connection.disconnect()
    await nightly.close()
    await redis.close()
  })
})
