import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BundleEntry } from '../../gateway/catalog/further-types.ts'
import type { PrefillAnswer, PrefilledForm } from '../../gateway/client/prefill.ts'
import { isFilled } from '../../gateway/prefill/rates.ts'
import { prefillPatiently } from '../../seeds/samples/every-form.ts'
import { FITTING_SYSTEM, fittingBundleAsk } from '../../seeds/samples/fitting-applicants.ts'
import { FITTING_BUNDLES } from '../../seeds/samples/fitting-bundles.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

const BUNDLES = Object.keys(FITTING_BUNDLES)

let seeded: Seeded
beforeAll(async () => {
  seeded = await seededGateway()
}, 60_000)
afterAll(() => seeded?.stop())

const bundleOf = (id: string): BundleEntry => seeded.installation.catalog.bundles.get(id)!
const fill = (id: string): Promise<PrefillAnswer> =>
  prefillPatiently(seeded.client(FITTING_SYSTEM), fittingBundleAsk(seeded.installation.catalog, id))

/** Who a form's role is in the bundle. */
const bearerOf = ({ roles }: BundleEntry, item: string, role: string): string =>
  roles?.find(({ plays }) => plays.some((each) => each.item === item && each.role === role))?.id ?? role

/** What data gave a form: its fields with their values, the materials data stand in for. */
const given = ({ item, fields, materials }: PrefilledForm): string[] => [
  ...fields
    .filter(isFilled)
    .map(({ id, value, options, verified }) => JSON.stringify([item, id, value, options, verified])),
  ...materials
    .filter(({ ground }) => ground === 'certificate' || ground === 'data-sharing')
    .map(({ code }) => `${item} ${code}`),
]

/** As the owner of the database, so that it is every grant of the department, in whatever scenario. */
async function withoutGrantsOf(department: string, work: () => Promise<void>): Promise<void> {
  const suspended = await seeded.sql<{ id: string }>(
    `update grants set status = 'suspended' where consumer_kind = 'member' and consumer_id = $1 and status = 'active' returning id`,
    [department],
  )
  expect(suspended.length).toBeGreaterThan(0)
  try {
    await work()
  } finally {
    await seeded.sql(`update grants set status = 'active' where id = any($1)`, [suspended.map(({ id }) => id)])
  }
}

describe('bundles', () => {
  it('are all of the catalogue’s, twelve of them', () => {
    expect(BUNDLES.toSorted()).toEqual([...seeded.installation.catalog.bundles.keys()].toSorted())
    expect(BUNDLES).toHaveLength(12)
  })

  it.each(BUNDLES)('%s: everything that several forms ask of one bearer is asked once', async (id) => {
    const { forms = [], merged = [] } = await fill(id)
    const bundle = bundleOf(id)
    expect(forms.map(({ item }) => item)).toEqual(bundle.items.map(({ item }) => item))
    const places = forms.flatMap(({ item, fields }) =>
      fields.map((field) => ({ item, field, thing: `${bearerOf(bundle, item, field.role)} ${field.element}` })),
    )
    const several = new Set(
      places
        .filter(({ thing, item }) => places.some((each) => each.thing === thing && each.item !== item))
        .map(({ thing }) => thing),
    )
    expect(merged.map(({ role, element }) => `${role} ${element}`).toSorted()).toEqual([...several].toSorted())
    for (const { role, element, fields, ask } of merged) {
      const own = places.filter(({ thing }) => thing === `${role} ${element}`)
      expect(fields.map(({ item, field }) => `${item} ${field}`).toSorted(), element).toEqual(
        own.map(({ item, field }) => `${item} ${field.id}`).toSorted(),
      )
      // Asked of the applicant only where some department's form still has it empty, and then once.
      expect(ask).toBe(own.some(({ field }) => !isFilled(field) && field.value === undefined))
    }
  })

  it.each(BUNDLES)(
    '%s: without one department’s grants exactly that department’s forms lose what data gave',
    async (id) => {
      const before = (await fill(id)).forms!
      const departments = [...new Set(before.map(({ department }) => department!))]
      expect(departments).toEqual([
        ...new Set(before.map(({ item }) => seeded.installation.catalog.items.get(item)!.lead[0]!)),
      ])
      for (const department of departments) {
        const others = before.filter((form) => form.department !== department).flatMap(given)
        const own = before.filter((form) => form.department === department).flatMap(given)
        expect(own.length).toBeGreaterThan(0)
        await withoutGrantsOf(department, async () => {
          await expect.poll(async () => (await fill(id)).forms!.flatMap(given), { timeout: 20_000 }).toEqual(others)
        })
      }
      await expect
        .poll(async () => (await fill(id)).forms!.flatMap(given), { timeout: 20_000 })
        .toEqual(before.flatMap(given))
    },
    120_000,
  )
})
