import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FormEntry, FormField } from '../../gateway/catalog/further-types.ts'
import { widthOf } from '../../gateway/cli/layout/width.ts'
import { COUNT_NAMES, type FormCounts, isFilled } from '../../gateway/prefill/rates.ts'
import { choicesOf, roleOf } from '../../gateway/prefill/wanted.ts'
import type { DemoCity } from '../../seeds/demo/city.ts'
import { FORM_STEPS } from '../../seeds/demo/form-steps.ts'
import { createVoice } from '../../seeds/demo/printing.ts'
import { ratesPerStage, ratesTable, type WalkedForm, walkEveryForm } from '../../seeds/samples/every-form.ts'
import { completeForms, FITTING, FITTING_SYSTEM, type Fitting } from '../../seeds/samples/fitting-applicants.ts'
import { type Seeded, seededGateway } from '../support/seeded-gateway.ts'

let seeded: Seeded
let forms: FormEntry[]
let walked: WalkedForm[]
/** A form, whom it fits, and what was answered. */
interface Row extends WalkedForm {
  fitting: Fitting
}
let rows: Row[]
beforeAll(async () => {
  seeded = await seededGateway({ county: true, mariadb: true })
  forms = completeForms(seeded.installation.catalog)
  // Any answer but 200 is a refusal the client throws; evidence of every exchange is verified by it.
  walked = await walkEveryForm(seeded.installation.catalog, seeded.client(FITTING_SYSTEM))
  rows = walked.map((each) => ({ ...each, fitting: FITTING[shortOf(each.form.item)]! }))
}, 240_000)
afterAll(() => seeded?.stop())

const shortOf = (item: string): string => item.slice(item.indexOf('-') + 1)
/** What a form is at fault with, named by item; nothing is what is wanted. */
const faults = (of: (row: Row) => readonly string[]): string[] =>
  rows.flatMap((row) => of(row).map((fault) => `${row.form.item} ${fault}`))
const fromData = ({ sources }: FormField): boolean =>
  sources.some(({ kind }) => kind === 'field' || kind === 'certificate')

describe('every complete form', () => {
  it('has somebody it fits, and nobody is named for a form that is not there', () => {
    expect(forms.length).toBeGreaterThanOrEqual(134)
    expect(Object.keys(FITTING).toSorted()).toEqual(forms.map(({ item }) => shortOf(item)).toSorted())
    expect(walked.map(({ form }) => form.item)).toEqual(forms.map(({ item }) => item))
  })

  it('fits: every role the form demands is cast, and no other', () => {
    expect(
      faults(({ form, fitting }) => {
        const cast = Object.keys(fitting.subjects)
        const known = (form.roles ?? []).map(({ id }) => id)
        const missing = (form.roles ?? []).filter(
          ({ id, required, when }) => required && when === undefined && !cast.includes(id),
        )
        return [...missing.map(({ id }) => `lacks ${id}`), ...cast.filter((id) => !known.includes(id))]
      }),
    ).toEqual([])
  })

  it('is answered with every field of the form, in its order, each with a value or the reason it has none', () => {
    expect(
      faults(({ form, answer }) => {
        const same =
          JSON.stringify(form.fields.map(({ id }) => id)) === JSON.stringify(answer.fields!.map(({ id }) => id))
        const said = answer.fields!.filter(
          ({ value, options, verified, empty }) =>
            (value === undefined && options === undefined && verified === undefined) === (empty === undefined),
        )
        return [...(same ? [] : ['fields differ']), ...said.map(({ id }) => `${id} is neither filled nor explained`)]
      }),
    ).toEqual([])
  })

  it('has no question left open and asks nobody what a department’s grant should have given', () => {
    expect(
      faults(({ answer }) => [
        ...answer.situations!.filter(({ state }) => state === 'open').map(({ id }) => `question ${id} is open`),
        ...answer.fields!.filter(({ empty }) => empty === 'not-granted').map(({ id }) => `${id} is not granted`),
        ...answer.fields!.filter(({ empty }) => empty === 'unavailable').map(({ id }) => `${id} is unavailable`),
      ]),
    ).toEqual([])
  })

  it('is filled in every field that has a source, but for those named with why their registers have nothing', () => {
    const empty = ({ form, answer }: Row): string[] =>
      form.fields
        .filter(fromData)
        .filter(({ id }) => {
          const field = answer.fields!.find((each) => each.id === id)!
          return field.empty !== 'not-applicable' && !isFilled(field)
        })
        .map(({ id }) => id)
    const found = Object.fromEntries(rows.map((row) => [row.form.item, empty(row).toSorted()]))
    const named = Object.fromEntries(
      rows.map(({ form, fitting }) => [form.item, Object.keys(fitting.without ?? {}).toSorted()]),
    )
    expect(found).toEqual(named)
  })

  it('has every relation it names proven from data, and every exchange released', () => {
    expect(
      faults(({ form, fitting, answer }) => {
        // Of a role that is only named to another's source nothing is read, so nothing is to be proven.
        const read = new Set(choicesOf(seeded.installation.catalog, form, {}).flat(2).map(roleOf))
        const related = (form.roles ?? []).filter(
          ({ id, relation }) => relation !== undefined && read.has(id) && id in fitting.subjects,
        )
        const outcome = (role: string) => answer.exchanges.find((each) => each.role === role)?.outcome ?? 'not asked'
        return [
          // A refused exchange is what an unproven relation comes to.
          ...related.filter(({ id }) => outcome(id) !== 'released').map(({ id }) => `${id}: ${outcome(id)}`),
          ...answer.exchanges.filter((each) => each.outcome !== 'released').map(({ role }) => `${role} is refused`),
        ]
      }),
    ).toEqual([])
    const proven = rows.flatMap(({ form }) => (form.roles ?? []).filter(({ relation }) => relation !== undefined))
    expect(proven.length).toBeGreaterThan(60)
  })

  it('comes to the same rates from the answers as from the records, and they are printed per stage', async () => {
    const ids = walked.map(({ answer }) => answer.prefillId)
    const entries = await seeded.sql<{ entry: Buffer }>('select entry from records where exchange_id = any($1)', [ids])
    const recorded = entries.map(({ entry }) => JSON.parse(entry.toString()).prefill.totals as FormCounts)
    expect(recorded).toHaveLength(forms.length)
    const stages = ratesPerStage(seeded.installation.catalog, walked)
    expect(stages).toHaveLength(17)
    for (const name of COUNT_NAMES) {
      const sum = recorded.reduce((total, counts) => total + counts[name], 0)
      expect(stages.reduce((total, { counts }) => total + counts[name], 0)).toBe(sum)
    }
    for (const { stage, fieldSharing, noSubmission } of stages) {
      expect(fieldSharing, stage).toBeGreaterThan(0.4)
      expect(noSubmission, stage).toBeGreaterThan(0)
    }
    console.log(`\n${ratesTable(stages).join('\n')}`)
  })

  it('is shown in the walk-through: three bundles as forms, each in few lines, and the table of stages', async () => {
    const city = { installation: seeded.installation } as DemoCity
    for (const step of FORM_STEPS) {
      const lines: string[] = []
      const voice = createVoice({ write: (text) => lines.push(...text.trimEnd().split('\n')) }, false)
      await step.run({ city, voice, signal: new AbortController().signal, client: (system) => seeded.client(system) })
      console.log(`\n${step.zh}\n${lines.join('\n')}`)
      expect(lines.length).toBeLessThanOrEqual(26)
      for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(140)
      expect(lines.join()).toContain('✓')
    }
  }, 120_000)
})
