import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { clerkTask } from '../../connectors/clerk-task/index.ts'
import { connectorSchemas } from '../../connectors/index.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import { createPostgresClerkTasks } from '../../gateway/adapters/postgres/people/clerk-tasks.ts'
import { openPeopleDatabase } from '../../gateway/adapters/postgres/people/tables.ts'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import { ANSWER, createClerkDesk } from '../../gateway/clerk-tasks/desk.ts'
import { createSealedValues } from '../../gateway/events/sealed-values.ts'
import type { ClerkReply } from '../../gateway/ports/clerk-desk.ts'
import type { ConnectorDeps, OwnStores } from '../../gateway/ports/connector.ts'
import { createSubjectDigests } from '../../gateway/record/subject-digests.ts'
import { caller, connectorConformance, FIELDS, type Scene, type SourceRow } from '../conformance/connector.ts'
import { freshDatabase } from '../support/services.ts'

const NOW = Date.UTC(2026, 10, 20, 3)
const DAY_MS = 86_400_000
const crypto = createSoftwareCrypto()
const key = { id: 'k1', bytes: crypto.random(32) }
const digests = createSubjectDigests(crypto, key)
const sealed = createSealedValues(crypto, key, key)
const CONFIG = { dueWorkingDays: 5, validDays: 30, idType: 'resident-id' as const }
const never = () => new AbortController().signal
const nobody = async (): Promise<never> => Promise.reject(new Error('not asked here'))
const deps = (datasetId: string, desk?: OwnStores['desk']): ConnectorDeps => ({
  datasetId,
  fields: FIELDS,
  inputs: ['id'],
  networks: [],
  endpoint: { url: '' },
  timeoutMs: 2_000,
  now: () => NOW,
  newId: () => 'id-1',
  ...(desk !== undefined && { own: { declared: { inForce: nobody, probe: nobody }, desk } }),
})

connectorConformance('clerk-task', async () => {
  const database = await freshDatabase()
  await migrate(database.ownerUrl, { nowMs: NOW })
  const published = await loadCatalog('catalogs', { connectorSchemas })
  const datasets = new Map(published.datasets)
  const catalog = { ...published, datasets }
  const db = openPeopleDatabase(database.ownerUrl)
  const store = createPostgresClerkTasks(db)
  const closed = createServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise((resolve) => closed.close(resolve))
  const nowhere = openPeopleDatabase(`postgres://nobody@127.0.0.1:${port}/none`)
  const deskOver = (tasks: typeof store) =>
    createClerkDesk({ store: tasks, digests, sealed, catalog: () => catalog, newTaskId: randomUUID, now: () => NOW })
  const desk = deskOver(store)
  let opened = 0

  /** Asks as the suite will, and answers as the clerk would. */
  async function answer(dataset: string, id: string, records: object[], garbage: boolean): Promise<void> {
    const fields = FIELDS.map((field) => field.id)
    const asked = { dataset, subjectType: 'person' as const, inputs: { id }, fields, caller, ...CONFIG }
    const { state, task } = await desk.ask(asked)
    expect(state).toBe('pending')
    const sealedAnswer = sealed.seal(garbage ? 'elsewhere' : ANSWER, task, JSON.stringify(records))
    const end = { task, outcome: 'answered' as const, endedIn: 'act', endedAtMs: NOW, goodUntilMs: NOW + DAY_MS }
    expect(await store.end({ ...end, sealedAnswer })).toBe(true)
  }

  return {
    impossible: {
      slow: 'an indexed read of the gateway’s own database, bounded by its statement time-out',
      'server-error': 'no server between the gateway and its own database',
      'error-code-in-body': 'no body',
      truncated: 'the protocol frames its messages',
      'empty-body': 'no body',
      huge: 'an answer was held to its size when it was given',
      'too-many-rows': 'an answer was held to 200 records when it was given',
      redirect: 'no HTTP',
      'outside-network': 'it has no host',
    },
    async open(scene: Scene, rows: readonly SourceRow[] = []) {
      const datasetId = `people-${++opened}`
      datasets.set(datasetId, published.datasets.get('village-assistance')!)
      const change = scene === 'extra-fields' ? { secretNote: 'x' } : scene === 'wrong-type' ? { amount: 'twelve' } : {}
      for (const id of new Set(rows.map((row) => row.id))) {
        const own = rows.filter((row) => row.id === id).map((row) => ({ ...row, ...change }))
        await answer(datasetId, id, own, scene === 'garbage')
      }
      const read = scene === 'refused' ? deskOver(createPostgresClerkTasks(nowhere)) : desk
      return clerkTask.create(CONFIG, deps(datasetId, read))
    },
    running: async () => 0,
    async close() {
      await Promise.allSettled([db.destroy(), nowhere.destroy()])
      await database.drop()
    },
  }
})

describe('clerk-task', () => {
  const asked = { subjectType: 'person' as const, inputs: { id: 'x' }, fields: ['id', 'name'], caller }
  const answering = (reply: ClerkReply) =>
    clerkTask.create(CONFIG, deps('people', { ask: async () => reply, probe: nobody })).fetch(asked, never())

  it('says how the question stands, with no row until there is an answer', async () => {
    const task = 'a-task'
    expect(await answering({ state: 'pending', task, dueOn: null })).toMatchObject({
      records: [],
      task: { id: task, state: 'pending', dueOn: null },
    })
    expect(await answering({ state: 'declined', task, reason: 'not-ours', declinedAtMs: NOW - DAY_MS })).toMatchObject({
      records: [],
      task: { state: 'declined', reason: 'not-ours' },
    })
    const records = [{ id: 'x', name: '测试', month: '202610' }]
    const goodUntilMs = NOW + DAY_MS
    expect(await answering({ state: 'answered', task, records, answeredAtMs: NOW - DAY_MS, goodUntilMs })).toEqual({
      records: [{ id: 'x', name: '测试' }],
      asOfMs: NOW - DAY_MS,
      goodUntilMs,
      task: { id: task, state: 'answered', goodUntil: new Date(goodUntilMs).toISOString() },
    })
  })

  it('is never cached and never shared between exchanges', () => {
    const connector = clerkTask.create(CONFIG, deps('people', { ask: nobody, probe: nobody }))
    expect(connector.live).toBe(true)
    expect(connector.callerMembers).toContain('exchangeId')
  })

  it('is not built where no gateway stands behind it, nor for a dataset that does not name its subject', () => {
    expect(() => clerkTask.create(CONFIG, deps('people'))).toThrow('there is none here')
    const desk = { ask: nobody, probe: nobody }
    expect(() => clerkTask.create(CONFIG, { ...deps('people', desk), inputs: ['name'] })).toThrow('input `id`')
    expect(() => clerkTask.create({ dueWorkingDays: 1, validDays: 1 }, deps('people', desk))).toThrow('idType')
  })
})
