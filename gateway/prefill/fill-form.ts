import type { Catalog } from '../catalog/types.ts'
import { type FillContext, fillField } from './fill-fields.ts'
import { settleMaterial } from './fill-materials.ts'
import type { FormTask } from './leg.ts'
import { createReading, type Reading } from './reading.ts'
import { settleRelations } from './relations.ts'
import { createSelection, type Selection } from './release.ts'
import type { LegEnd } from './run-leg.ts'
import { settleSituations } from './situations.ts'
import type { Empty, FilledField, MaterialNote, MaterialState, PrefillRequest, Relation, Situation } from './types.ts'
import { MAIN, roleOf } from './wanted.ts'

/** One form of a prefill, filled; nothing of it has left yet. */
export interface FilledForm {
  task: FormTask
  ends: ReadonlyMap<string, LegEnd>
  relations: ReadonlyMap<string, Relation>
  selection: Selection
  situations: Situation[]
  fields: FilledField[]
  materials: { state: MaterialState; note: Omit<MaterialNote, 'exchangeId' | 'index'> | null; role: string }[]
}

/** Relations first, then 情形, then fields and materials: each rests on those before it. */
export function fillForm(
  task: FormTask,
  ends: ReadonlyMap<string, LegEnd>,
  catalog: Catalog,
  request: PrefillRequest,
  nowMs: number,
): FilledForm {
  const open = createReading(ends)
  const relations = settleRelations(task.form.roles ?? [], task.subjects, open)
  const read = behindRelations(open, relations)
  const situations = settleSituations(task.form, task.answers, read)
  const selection = createSelection(task.applicant)
  const context: FillContext = { catalog, task, request, situations, read, selection, nowMs }
  return {
    task,
    ends,
    relations,
    selection,
    situations: situations.list,
    fields: task.form.fields.map((field) => alike(fillField(field, context))),
    materials: task.form.materials.map((material) => settleMaterial(material, context)),
  }
}

/** What is known of a bearer stays closed until the relation is proven, and every way of not being proven reads the same. */
function behindRelations(open: (name: string) => Reading, relations: ReadonlyMap<string, Relation>) {
  return (name: string): Reading => {
    const relation = relations.get(roleOf(name))
    if (relation === undefined || relation === 'proven') return open(name)
    return { ok: false, empty: relation === 'unavailable' ? 'unavailable' : 'ask-applicant', asked: false }
  }
}

const TELLING: readonly Empty[] = ['not-granted', 'not-found']

/** Of another than the main bearer it is not told whether a source knows them. */
function alike(field: FilledField): FilledField {
  if (field.role === MAIN || field.empty === undefined || !TELLING.includes(field.empty)) return field
  return { ...field, empty: 'ask-applicant' }
}

/** The field whose values a filled field rests on. */
export const nameBehind = ({ dataset, field }: { dataset?: string; field?: string }, role: string): string =>
  `${role === MAIN ? '' : `${role}:`}${dataset}.${field}`
