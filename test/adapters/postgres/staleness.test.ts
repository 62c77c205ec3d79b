import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grants/store.ts'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import type { ExchangeLog } from '../../../gateway/ports/exchange-log.ts'
import type { GrantStore } from '../../../gateway/ports/grant-store.ts'
import type { Grant } from '../../../policies/engine/types.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { testGrant } from '../../conformance/grant-store.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

/** Grants wander over these; the bystander's are never touched. */
const SCENARIOS = ['P1.1', 'P1.2']
const CONSUMERS = [
  { kind: 'system', id: 'system-a' },
  { kind: 'member', id: 'member-a' },
  { kind: 'member', id: 'member-b' },
] as const
const BYSTANDER = { system: 'system-a', member: 'member-c', scenario: 'P9.1' }

interface Asker {
  system: string
  member: string
  scenario: string
}
const ASKERS: Asker[] = SCENARIOS.flatMap((scenario) => [
  { system: 'system-a', member: 'member-a', scenario },
  { system: 'system-b', member: 'member-b', scenario },
])

type Act = 'suspend' | 'activate' | 'move' | 'delete' | 'all-at-once' | 'strange'
const step = fc.record({
  act: fc.constantFrom<Act>('suspend', 'activate', 'activate', 'move', 'delete', 'all-at-once', 'strange'),
  grant: fc.nat(7),
  scenario: fc.constantFrom(...SCENARIOS),
  consumer: fc.constantFrom(...CONSUMERS),
  restMs: fc.nat(3),
})

/** How a grant stood, and between which sizes of the log anything may rest on that. */
interface Stood {
  grant: Grant | null
  fromSize: number
  untilSize: number
}
/** One change at a time: that is what the model knows the order of. */
interface Model {
  histories: Map<string, Stood[]>
  released: { index: number; asker: Asker; grants: string[] }[]
  staleBystanders: number
}

describe('invariant 5 against a model: grants change at random while two gateways record', () => {
  let database: MigratedDatabase
  let nodes: { log: ExchangeLog; grants: GrantStore }[]
  beforeAll(async () => {
    database = await migratedDatabase()
    const node = (listen: boolean) => ({
      log: createPostgresExchangeLog({ url: database.url }),
      // Slow to notice: most of what it decides, it decides under an old version.
      grants: createPostgresGrantStore({ url: database.url, listen, pollMs: 400 }),
    })
    nodes = [node(true), node(false)]
  })
  afterAll(async () => {
    await Promise.all(nodes.flatMap(({ log, grants }) => [log.close(), grants.close()]))
    await database.drop()
  })
  const size = async () => Number((await database.sql<{ size: string }>('select size from log_head'))[0]!.size)

  async function change(
    model: Model,
    { act, grant: at, scenario, consumer }: typeof step extends fc.Arbitrary<infer S> ? S : never,
  ) {
    const ids = [...model.histories.keys()]
    const id = ids[at % ids.length]!
    const current = model.histories.get(id)!.at(-1)!.grant
    const targets: [string, Grant | null][] =
      act === 'all-at-once'
        ? ids.flatMap((each): [string, Grant | null][] => {
            const stands = model.histories.get(each)!.at(-1)!.grant
            return stands === null
              ? []
              : [[each, { ...stands, status: stands.status === 'active' ? 'suspended' : 'active' }]]
          })
        : act === 'strange'
          ? []
          : act === 'delete'
            ? [[id, null]]
            : act === 'move'
              ? [[id, { ...(current ?? testGrant({ id })), scenario, consumer }]]
              : [
                  [
                    id,
                    {
                      ...(current ?? testGrant({ id, scenario, consumer })),
                      status: act === 'suspend' ? 'suspended' : 'active',
                    },
                  ],
                ]
    const before = await size()
    if (act === 'strange')
      await database.sql('insert into grants (document) values ($1)', [testGrant({ scenario: 'P8.8' })])
    else if (act === 'delete') await database.sql('delete from grants where id = $1', [id])
    else
      await database.sql(
        `insert into grants (id, document) select d ->> 'id', d from unnest($1::jsonb[]) d
         on conflict (id) do update set document = excluded.document`,
        [targets.map(([, document]) => JSON.stringify(document))],
      )
    const after = await size()
    for (const [each, document] of targets) {
      const history = model.histories.get(each)!
      history.at(-1)!.untilSize = after
      history.push({ grant: document, fromSize: before, untilSize: Number.POSITIVE_INFINITY })
    }
  }

  async function exchange(model: Model, { log, grants }: (typeof nodes)[number], asker: Asker): Promise<void> {
    for (let decisions = 0; decisions < 100; decisions++) {
      const found = await grants.candidates(asker)
      const used = found.grants.filter(({ status }) => status === 'active').map(({ id }) => id)
      if (used.length === 0) return // refused
      const base = draft({ authorisationVersion: found.version })
      const { system, member, scenario } = asker
      const outcome = await log.append({
        ...base,
        columns: { ...base.columns, system, member: 'platform', onBehalfOf: member, scenario, grants: used },
      })
      if (outcome.status === 'recorded') {
        model.released.push({ index: Number(outcome.index), asker, grants: used })
        return
      }
      if (asker === BYSTANDER) model.staleBystanders++
      await grants.refresh()
    }
    throw new Error('decided a hundred times')
  }

  it('nothing is recorded under a grant that had been taken away, and strangers’ changes make nothing stale', async () => {
    let [recorded, changed] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (steps) => {
        await database.sql('delete from grants')
        const model: Model = { histories: new Map(), released: [], staleBystanders: 0 }
        await database.sql('insert into grants (document) values ($1)', [
          testGrant({
            id: 'bystander',
            scenario: BYSTANDER.scenario,
            consumer: { kind: 'member', id: BYSTANDER.member },
          }),
        ])
        for (let at = 0; at < 8; at++)
          model.histories.set(`grant-${at}`, [{ grant: null, fromSize: 0, untilSize: Number.POSITIVE_INFINITY }])
        await Promise.all(nodes.map(({ grants }) => grants.refresh()))

        let over = false
        const asking = nodes.flatMap((node) =>
          [...ASKERS, BYSTANDER].map(async (asker) => {
            while (!over) {
              await exchange(model, node, asker)
              await new Promise((resolve) => setImmediate(resolve))
            }
          }),
        )
        for (const each of steps) {
          await change(model, each)
          await new Promise((resolve) => setTimeout(resolve, each.restMs))
        }
        over = true
        await Promise.all(asking)

        for (const { index, asker, grants } of model.released.filter((each) => each.asker !== BYSTANDER)) {
          for (const id of grants) {
            const rested = model.histories
              .get(id)!
              .some(
                ({ grant, fromSize, untilSize }) =>
                  grant?.status === 'active' &&
                  grant.scenario === asker.scenario &&
                  grant.consumer.id === (grant.consumer.kind === 'system' ? asker.system : asker.member) &&
                  index >= fromSize &&
                  index < untilSize,
              )
            expect(rested, `record ${index} under ${id}`).toBe(true)
          }
        }
        expect(model.staleBystanders).toBe(0)
        expect(model.released.some(({ asker }) => asker === BYSTANDER)).toBe(true)
        recorded += model.released.length
        changed += steps.length
      }),
      { numRuns: 12, endOnFailure: true }, // a race cannot be shrunk
    )
    console.log(`${recorded} releases under ${changed} changes of grants`)
    expect(recorded).toBeGreaterThan(changed)
  }, 60_000)
})
