import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { declaredValues } from '../../connectors/declared-values/index.ts'
import { createSoftwareCrypto } from '../../gateway/adapters/crypto/software.ts'
import { createPostgresExchangeLog } from '../../gateway/adapters/postgres/log/exchange-log.ts'
import { migrate } from '../../gateway/adapters/postgres/migrate.ts'
import { createPostgresDeclarations } from '../../gateway/adapters/postgres/people/declarations.ts'
import { openPeopleDatabase } from '../../gateway/adapters/postgres/people/tables.ts'
import { createDeclaredValues, placeOf, SEAL_KIND } from '../../gateway/declared/values.ts'
import { createSealedValues } from '../../gateway/events/sealed-values.ts'
import type { ConnectorDeps } from '../../gateway/ports/connector.ts'
import { createSubjectDigests } from '../../gateway/record/subject-digests.ts'
import { connectorConformance, FIELDS, type Scene, type SourceRow } from '../conformance/connector.ts'
import { draft } from '../conformance/exchange-log.ts'
import { freshDatabase } from '../support/services.ts'

const NOW = Date.UTC(2026, 10, 20, 3)
const DAY_MS = 86_400_000
const crypto = createSoftwareCrypto()
const key = { id: 'k1', bytes: crypto.random(32) }
const digests = createSubjectDigests(crypto, key)
const sealed = createSealedValues(crypto, key, key)
/** Nobody asks it here. */
const nobody = async (): Promise<never> => Promise.reject(new Error('no desk'))
const NO_DESK = { ask: nobody, probe: nobody }
const CONFIG = { maxValidDays: 30, idType: 'resident-id' }

connectorConformance('declared-values', async () => {
  const database = await freshDatabase()
  await migrate(database.ownerUrl, { nowMs: NOW })
  const log = createPostgresExchangeLog({ url: database.ownerUrl })
  const db = openPeopleDatabase(database.ownerUrl)
  const store = createPostgresDeclarations(db)
  const closed = createServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise((resolve) => closed.close(resolve))
  const nowhere = openPeopleDatabase(`postgres://nobody@127.0.0.1:${port}/none`)
  let opened = 0

  async function declare(dataset: string, row: SourceRow, change: Record<string, unknown>, garbage: boolean) {
    const exchange = randomUUID()
    const values = Object.entries({ ...row, ...change })
    const place = (field: string): string => (garbage ? 'elsewhere' : placeOf(exchange, dataset, field))
    const reservation = await store.reserve({
      exchange,
      system: 'rc-land',
      declarationId: exchange,
      contentDigest: exchange,
      by: 'rc-zrzyj',
      scenario: 'P5.1',
      item: 'rongcheng-p-055',
      caseNo: null,
      application: null,
      dataset,
      subjectDigest: digests.of({ type: 'person', idType: 'resident-id', id: row.id }),
      sealedOperator: Buffer.from('x'),
      declaredAtMs: NOW,
      verifiedAtMs: NOW - DAY_MS,
      method: 'document',
      validUntil: '20261130',
      values: values.map(([field, value]) => ({
        field,
        sealed: sealed.seal(SEAL_KIND, place(field), JSON.stringify(value)),
      })),
    })
    expect(reservation.status).toBe('reserved')
    await log.append(draft({ exchangeId: exchange }))
  }

  return {
    impossible: {
      'many-rows': 'one value of a field is in force for a subject',
      slow: 'an indexed read of the gateway’s own database, bounded by its statement time-out',
      'server-error': 'no server between the gateway and its own database',
      'error-code-in-body': 'no body',
      truncated: 'the protocol frames its messages',
      'empty-body': 'no body',
      huge: 'a value was held to its field’s length when it was declared',
      'too-many-rows': 'one value of a field is in force for a subject',
      redirect: 'no HTTP',
      'outside-network': 'it has no host',
    },
    async open(scene: Scene, rows: readonly SourceRow[] = []) {
      const datasetId = `people-${++opened}`
      const change = scene === 'extra-fields' ? { secretNote: 'x' } : scene === 'wrong-type' ? { amount: 'twelve' } : {}
      for (const row of rows) await declare(datasetId, row, change, scene === 'garbage')
      const read = scene === 'refused' ? createPostgresDeclarations(nowhere) : store
      return declaredValues.create(CONFIG, {
        ...deps(datasetId),
        own: { declared: createDeclaredValues({ store: read, digests, sealed }), desk: NO_DESK },
      })
    },
    running: async () => 0,
    async close() {
      await Promise.allSettled([log.close(), db.destroy(), nowhere.destroy()])
      await database.drop()
    },
  }
})

const deps = (datasetId: string): ConnectorDeps => ({
  datasetId,
  fields: FIELDS,
  inputs: ['id'],
  networks: [],
  endpoint: { url: '' },
  timeoutMs: 2_000,
  now: () => NOW,
  newId: () => 'id-1',
})

describe('declared-values', () => {
  const declaredOf = (field: string, verifiedAtMs: number, validUntil: string, exchange: string) => ({
    field,
    value: field,
    declaration: { exchange, by: 'rc-zrzyj', declaredAtMs: NOW, verifiedAtMs, method: 'visit' as const, validUntil },
  })

  it('is no fresher than the oldest verification and no longer good than the shortest', async () => {
    const found = [
      declaredOf('id', NOW - DAY_MS, '20261130', 'a'),
      declaredOf('name', NOW - 5 * DAY_MS, '20261125', 'b'),
    ]
    const own = { declared: { inForce: async () => found, probe: async () => undefined }, desk: NO_DESK }
    const connector = declaredValues.create(CONFIG, { ...deps('people'), own })
    const asked = { subjectType: 'person' as const, inputs: { id: 'x' }, fields: ['id', 'month', 'name'] }
    const answer = await connector.fetch({ ...asked, caller: {} as never }, new AbortController().signal)
    expect(answer).toMatchObject({
      records: [{ id: 'id', month: null, name: 'name' }],
      asOfMs: NOW - 5 * DAY_MS,
      goodUntilMs: Date.UTC(2026, 10, 25, 16),
      declared: [
        { fields: ['id'], exchange: 'a' },
        { fields: ['name'], exchange: 'b', verifiedAt: new Date(NOW - 5 * DAY_MS).toISOString() },
      ],
    })
  })

  it('is not built where no gateway stands behind it, nor for a dataset that does not name its subject', () => {
    expect(() => declaredValues.create(CONFIG, deps('people'))).toThrow('there is none here')
    const own = { declared: { inForce: async () => [], probe: async () => undefined }, desk: NO_DESK }
    expect(() => declaredValues.create(CONFIG, { ...deps('people'), inputs: ['name'], own })).toThrow('input `id`')
    expect(() => declaredValues.create({ maxValidDays: 1 }, { ...deps('people'), own })).toThrow('idType')
  })
})
