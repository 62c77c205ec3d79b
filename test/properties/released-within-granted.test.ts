import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { connectorSchemas } from '../../connectors/index.ts'
import { resolveField } from '../../gateway/catalog/field-ref.ts'
import { loadCatalog } from '../../gateway/catalog/load.ts'
import type { Catalog, DatasetEntry, DerivedRule, FieldEntry } from '../../gateway/catalog/types.ts'
import { ExchangeError } from '../../gateway/errors/exchange-error.ts'
import type { DatasetAnswer, ReleasedData, RequestedField, Shaped } from '../../gateway/exchange.ts'
import { createAuthorise } from '../../gateway/stages/authorise.ts'
import { groupByDataset } from '../../gateway/stages/inputs.ts'
import { createShape } from '../../gateway/stages/shape.ts'
import { createDecisionPoint } from '../../policies/engine/decide.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { readPolicyTexts } from '../../policies/load.ts'
import { loadSeedGrants } from '../../seeds/grants/index.ts'
import { dataset, field, identified, NOW } from '../invariants/builders.ts'
import { grant } from '../policies/builders.ts'

const decisions = createDecisionPoint(readPolicyTexts())
const shape = createShape({ now: () => NOW, compare: async (shaped) => shaped, onContractBroken: () => undefined })

/** Authorises and shapes; `undefined` when refused, which releases nothing. */
async function released(
  fields: RequestedField[],
  grants: readonly Grant[],
  answerOf: (key: string, entry: DatasetEntry) => Record<string, unknown>[],
): Promise<Shaped | undefined> {
  const authorise = createAuthorise({
    grants: { candidates: async () => ({ grants, version: 1n }) },
    decisions,
    now: () => NOW,
    alarm: () => undefined,
  })
  try {
    const authorised = await authorise(identified(fields))
    const answers = groupByDataset(fields).map(({ key, role, dataset: entry }): DatasetAnswer => {
      const records = answerOf(key, entry)
      const status = records.length === 0 ? 'not-found' : 'ok'
      return { key, role, dataset: entry, status, records, asOfMs: NOW, fetchedAtMs: NOW, cache: 'miss' }
    })
    return await shape({ ...authorised, answers })
  } catch (thrown) {
    if (thrown instanceof ExchangeError) return undefined
    throw thrown
  }
}

/** Every field that left, as a request would write it. */
const leaves = (data: ReleasedData): string[] => [
  ...new Set(
    Object.entries(data).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).flatMap((row) => Object.keys(row).map((name) => `${key}.${name}`)),
    ),
  ),
]

const TYPES = ['string', 'integer', 'boolean', 'date', 'month'] as const
const FIELD_IDS = ['a', 'b', 'c', 'd', 'e', 'toString', 'constructor', 'x1']
/** Mostly the second, so that not nearly everything is refused. */
const rarely = <A, B>(seldom: A, mostly: B): fc.Arbitrary<A | B> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(seldom) }, { weight: 7, arbitrary: fc.constant(mostly) })
const fieldEntry = (id: string): fc.Arbitrary<FieldEntry> =>
  fc
    .record({
      type: fc.constantFrom(...TYPES),
      sensitive: rarely(true, false),
      personal: fc.boolean(),
      nullable: fc.boolean(),
      mask: fc.constantFrom('none' as const, 'full' as const, 'name' as const, 'address' as const),
    })
    .map((over) => field(id, over))
const rule = (ids: string[]): fc.Arbitrary<DerivedRule> =>
  fc.constantFrom<DerivedRule>(
    { kind: 'count', where: [] },
    { kind: 'any', where: [{ field: ids[0]!, equals: '甲' }] },
    { kind: 'latest', field: ids[0]!, where: [] },
  )
const datasetEntry = (id: string): fc.Arbitrary<DatasetEntry> =>
  fc.uniqueArray(fc.constantFrom(...FIELD_IDS), { minLength: 1, maxLength: 6 }).chain((ids) =>
    fc
      .record({
        fields: fc.tuple(...ids.map(fieldEntry)),
        cardinality: fc.constantFrom('one' as const, 'many' as const),
        shareClass: rarely('not-shared' as const, 'conditional' as const),
        derived: fc.option(rule(ids), { nil: undefined }),
      })
      .map(({ fields, derived, ...over }) =>
        dataset(id, fields, {
          ...over,
          derived:
            derived === undefined
              ? []
              : [
                  {
                    id: 'sum',
                    name: 'sum',
                    type: 'integer',
                    personal: false,
                    sensitive: false,
                    grade: 1,
                    mask: 'none',
                    from: [ids[0]!],
                    rule: derived,
                  },
                ],
        }),
      ),
  )

/** What a source sends: right, nearly right, or nothing like it, with members nobody asked for. */
const value = (type: FieldEntry['type']): fc.Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 40,
      arbitrary:
        type === 'integer'
          ? fc.integer()
          : type === 'boolean'
            ? fc.boolean()
            : type === 'date'
              ? fc.constant('20260101')
              : type === 'month'
                ? fc.constant('202601')
                : fc.string(),
    },
    { weight: 1, arbitrary: fc.anything() },
  )
const records = (entry: DatasetEntry): fc.Arbitrary<Record<string, unknown>[]> =>
  fc.array(
    fc
      .tuple(
        fc.record(Object.fromEntries(entry.fields.map(({ id, type }) => [id, value(type)]))),
        fc.dictionary(fc.constantFrom(...FIELD_IDS, 'secret', 'ssn', '__proto__', 'sum'), fc.string(), { maxKeys: 4 }),
        fc.boolean(),
      )
      .map(([row, extra, first]) => (first ? { ...row, ...extra } : { ...extra, ...row })),
    { maxLength: entry.cardinality === 'one' ? 1 : 4 },
  )

interface World {
  catalog: Pick<Catalog, 'datasets'>
  asked: string[]
  grants: Grant[]
  answers: Record<string, Record<string, unknown>[]>
}
const world: fc.Arbitrary<World> = fc.tuple(datasetEntry('alpha'), datasetEntry('beta-2')).chain((entries) => {
  const names = entries.flatMap(({ id, fields, derived }) =>
    ['', 'guardian:'].flatMap((role) => [...fields, ...derived].map((each) => `${role}${id}.${each.id}`)),
  )
  const some = (minLength: number) => fc.subarray(names, { minLength })
  return fc
    .record({
      asked: fc.oneof(
        { weight: 1, arbitrary: some(1) },
        { weight: 2, arbitrary: fc.subarray(names, { minLength: 1, maxLength: 2 }) },
      ),
      grants: fc.array(
        fc.record({
          fields: fc.oneof(some(1), fc.constant(names), fc.constant(names)),
          status: fc.oneof(
            { weight: 5, arbitrary: fc.constant('active' as const) },
            {
              weight: 1,
              arbitrary: fc.constantFrom(
                'draft' as const,
                'suspended' as const,
                'revoked' as const,
                'expired' as const,
              ),
            },
          ),
          purposes: fc.oneof(
            { weight: 5, arbitrary: fc.constant<string[]>(['义务教育入学资格核验']) },
            { weight: 1, arbitrary: fc.constant<string[]>(['其他']) },
          ),
          full: fc.boolean(),
          masks: fc.dictionary(fc.constantFrom(...names), fc.constantFrom('full', 'none', 'name'), { maxKeys: 3 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      answers: fc.record(
        Object.fromEntries(
          entries.flatMap((entry) => ['', 'guardian:'].map((role) => [`${role}${entry.id}`, records(entry)])),
        ),
      ),
    })
    .map(({ asked, grants, answers }) => ({
      catalog: { datasets: new Map(entries.map((entry) => [entry.id, entry])) },
      asked,
      answers: answers as World['answers'],
      grants: grants.map(({ full, ...over }, at) =>
        grant({
          id: `g${at}`,
          ...over,
          ...(full && {
            specificPurpose: '测试',
            approvals: <Grant['approvals']>[
              { role: 'consumer-head', by: 'a', at: '2025-12-01T00:00:00Z' },
              { role: 'provider-head', by: 'b', at: '2025-12-02T00:00:00Z' },
              { role: 'second-approver', by: 'c', at: '2025-12-03T00:00:00Z' },
            ],
          }),
        }),
      ),
    }))
})

const resolve = (catalog: Pick<Catalog, 'datasets'>, names: readonly string[]): RequestedField[] =>
  names.map((name) => {
    const found = resolveField(catalog, name)
    if (!found.ok) throw new Error(`${name}: ${found.fault}`)
    return found.field
  })

describe('invariant 2, for every schema, grant and source: released ⊆ asked ⊆ granted', () => {
  it('generated catalogues, grants and answers: guarded by gateway/stages/shape.ts and policies/engine/decide.ts', async () => {
    const seen = { refused: 0, released: 0, fields: 0 }
    await fc.assert(
      fc.asyncProperty(world, async ({ catalog, asked, grants, answers }) => {
        const fields = resolve(catalog, asked)
        const shaped = await released(fields, grants, (key) => answers[key] ?? [])
        if (shaped === undefined) {
          seen.refused++
          return
        }
        const out = leaves(shaped.data)
        seen.released++
        seen.fields += out.length
        const inForce = grants.filter(
          ({ status, purposes }) => status === 'active' && purposes.includes('义务教育入学资格核验'),
        )
        const granted = new Set(inForce.flatMap((each) => each.fields))
        for (const name of out) {
          expect(asked).toContain(name)
          expect(granted).toContain(name)
        }
        for (const name of asked) expect(granted).toContain(name)
        for (const { dataset: entry } of fields) expect(entry.shareClass).not.toBe('not-shared')
        // A field masked whole shows none of its text.
        for (const { name, dataset: entry, field: id, role } of fields) {
          if (shaped.masks[name] !== 'full') continue
          const key = role === null ? entry.id : `${role}:${entry.id}`
          const rows = [shaped.data[key] ?? []].flat()
          for (const row of rows)
            expect([undefined, null, '', '***', '*']).toContain(
              typeof row[id] === 'string' ? row[id].replace(/^\*+$/, '***') : (row[id] ?? null),
            )
        }
      }),
      { numRuns: 600 },
    )
    // The property means nothing if hardly anything was ever released.
    expect(seen.released).toBeGreaterThan(100)
    expect(seen.fields).toBeGreaterThan(100)
    expect(seen.refused).toBeGreaterThan(60)
  })

  let catalog: Catalog
  let seeded: Grant[]
  beforeAll(async () => {
    catalog = await loadCatalog('catalogs', { connectorSchemas })
    seeded = loadSeedGrants(NOW)
  })

  it('random field sets over the published catalogue and the demonstration’s grants', async () => {
    const names = [...catalog.datasets.values()].flatMap(({ id, fields, derived }) =>
      ['', 'guardian:', 'spouse:'].flatMap((role) => [...fields, ...derived].map((each) => `${role}${id}.${each.id}`)),
    )
    const active = seeded.filter(({ status }) => status === 'active')
    const seen = { refused: 0, released: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...active).chain((base) =>
          fc.record({
            base: fc.constant(base),
            asked: fc.oneof(
              fc.subarray(base.fields, { minLength: 1 }),
              fc.uniqueArray(fc.oneof(fc.constantFrom(...base.fields), fc.constantFrom(...names)), {
                minLength: 1,
                maxLength: 12,
              }),
            ),
            noise: fc.string(),
          }),
        ),
        async ({ base, asked, noise }) => {
          // Every grant of its scenario is a candidate, as if they were all this department’s.
          const candidates = seeded
            .filter(({ scenario }) => scenario === base.scenario)
            .map(
              (each): Grant => ({
                ...each,
                scenario: 'P2.1',
                items: 'all',
                consumer: { kind: 'member', id: 'rc-jyj' },
                purposes: each.id === base.id ? ['义务教育入学资格核验'] : each.purposes,
              }),
            )
          const fields = resolve(catalog, asked)
          const shaped = await released(fields, candidates, (_key, entry) => [everything(entry, noise)])
          if (shaped === undefined) {
            seen.refused++
            expect(asked.length).toBeGreaterThan(0)
            return
          }
          seen.released++
          const granted = new Set(
            candidates
              .filter(
                ({ id, purposes, status }) =>
                  status === 'active' && (id === base.id || purposes.includes('义务教育入学资格核验')),
              )
              .flatMap((each) => each.fields),
          )
          for (const name of [...asked, ...leaves(shaped.data)]) expect(granted).toContain(name)
          for (const name of leaves(shaped.data)) expect(asked).toContain(name)
        },
      ),
      { numRuns: 300 },
    )
    expect(seen.released).toBeGreaterThan(50)
    expect(seen.refused).toBeGreaterThan(20)
  })

  /** A row that keeps the dataset's schema, with every field it has and some it has not. */
  function everything(entry: DatasetEntry, noise: string): Record<string, unknown> {
    const right = ({ type, codeList, maxLength = 20 }: FieldEntry): unknown => {
      if (codeList !== undefined) return Object.keys(catalog.codeLists.get(codeList)!.codes)[0]
      if (type === 'integer') return 1
      if (type === 'boolean') return true
      if (type === 'date') return '20200101'
      return type === 'month' ? '202001' : noise.slice(0, maxLength)
    }
    return { secret: noise, ...Object.fromEntries(entry.fields.map((each) => [each.id, right(each)])) }
  }
})
