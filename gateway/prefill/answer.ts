import type { FilledForm } from './fill-form.ts'
import { isFilled } from './rates.ts'
import type { PrefillEnd, PrefillExchange } from './run-prefill.ts'
import type { KeptPrefill, MaterialState } from './types.ts'
import { MAIN } from './wanted.ts'

/** How long a 核验单 can be fetched (R109). */
export const MATERIAL_LIFETIME_MS = 15 * 60_000

/** What the caller gets. `materials` are the notes that were kept, to which the refs lead. */
export function answerOf(end: PrefillEnd, bundleMerge: Merge[] | null, notes: KeptPrefill['materials'], nowMs: number) {
  const forms = end.forms.map((form) => ({
    item: form.task.item.id,
    form: form.task.form.id,
    name: form.task.form.name,
    state: form.task.form.state,
    basis: form.task.form.basis,
    department: form.task.acting?.id ?? null,
    situations: form.situations,
    fields: form.fields,
    materials: form.materials.map(({ state }) => withRef(state, form, end, notes)),
  }))
  const shared = {
    prefillId: end.prefillId,
    materialsUntil: new Date(nowMs + MATERIAL_LIFETIME_MS).toISOString(),
    exchanges: end.exchanges.map(exchangeOf),
  }
  if (bundleMerge === null) {
    const [form] = forms
    return { ...shared, ...form! }
  }
  return { ...shared, bundle: end.request.bundle, forms, merged: mergedOf(end.forms, bundleMerge) }
}

function withRef(state: MaterialState, { task }: FilledForm, end: PrefillEnd, notes: KeptPrefill['materials']) {
  const at = notes.findIndex(({ item, code }) => item === task.item.id && code === state.code)
  return at === -1 ? state : { ...state, materialRef: `${end.prefillId}.${at}` }
}

function exchangeOf({ item, role, exchangeId, index, end, signed }: PrefillExchange) {
  const base = { item, role, exchangeId, index: String(index) }
  if (signed !== null) return { ...base, outcome: 'released' as const, evidence: signed.evidence }
  // Of others than the main bearer all refusals look alike.
  const reasons = role === MAIN && end.kind === 'refused' ? (end.failure.options.reasons ?? []) : []
  const failed = end.kind === 'refused' && end.failure.status >= 500
  return { ...base, outcome: failed ? ('failed' as const) : ('refused' as const), reasons }
}

/** One thing of a bundle that is asked once. */
export interface Merge {
  role: string
  element: string
  name: string
  fields: { item: string; role: string }[]
}

/**
 * Which fields of a bundle's forms are one thing. The values stand in the forms: a department whose grants do not give it
 * has its field empty here too, and what the applicant writes once goes to those (R130).
 */
function mergedOf(forms: readonly FilledForm[], merges: readonly Merge[]) {
  return merges.flatMap(({ role, element, name, fields }) => {
    const all = fields.flatMap((place) => {
      const form = forms.find(({ task }) => task.item.id === place.item)
      const own = form?.fields.filter((field) => field.element === element && field.role === place.role) ?? []
      return own.map((field) => ({
        item: place.item,
        field: field.id,
        filled: isFilled(field) || field.value !== undefined,
      }))
    })
    return all.length === 0 ? [] : [{ role, element, name, ask: all.some(({ filled }) => !filled), fields: all }]
  })
}
