import type { Catalog } from '../catalog/types.ts'
import { ExchangeError } from '../errors/exchange-error.ts'
import { chinaDay } from '../requests/subjects.ts'
import type { ClerkTask, SealedQuestion } from './types.ts'

/** A line of a list of tasks; nobody is named. */
export interface TaskLine {
  id: string
  state: ClerkTask['state']
  dataset: { id: string; name: string | null }
  /** The department that asks. */
  askedBy: { id: string; name: string | null }
  item: { id: string; name: string | null } | null
  purpose: string
  openedAt: string
  dueOn: string | null
  overdue: boolean
  reason: string | null
  endedAt: string | null
}

/** What a clerk needs to answer: whom it is about, why, and the form to fill in. */
export interface TaskView extends TaskLine, Omit<SealedQuestion, 'organisation'> {
  /** The answer has one record or none, or any number. */
  cardinality: 'one' | 'many'
  fields: {
    id: string
    name: string
    type: string
    required: boolean
    maxLength?: number
    codes?: Readonly<Record<string, string>>
  }[]
}

export function taskLine(task: ClerkTask, catalog: Catalog, nowMs: number): TaskLine {
  const { dueOn, state } = task
  return {
    id: task.id,
    state,
    dataset: { id: task.dataset, name: catalog.datasets.get(task.dataset)?.name ?? null },
    askedBy: { id: task.member, name: catalog.members.get(task.member)?.name ?? null },
    item: task.item === null ? null : { id: task.item, name: catalog.items.get(task.item)?.name ?? null },
    purpose: task.purpose,
    openedAt: new Date(task.openedAtMs).toISOString(),
    dueOn,
    overdue: state === 'open' && dueOn !== null && dueOn < chinaDay(nowMs),
    reason: task.reason,
    endedAt: task.endedAtMs === null ? null : new Date(task.endedAtMs).toISOString(),
  }
}

export function taskView(task: ClerkTask, question: SealedQuestion, catalog: Catalog, nowMs: number): TaskView {
  const entry = catalog.datasets.get(task.dataset)
  if (entry === undefined)
    throw new ExchangeError('internal', `the catalogue has no dataset \`${task.dataset}\` any more`)
  const { organisation: _organisation, ...told } = question
  return {
    ...taskLine(task, catalog, nowMs),
    ...told,
    cardinality: entry.cardinality,
    fields: task.fields.flatMap((id) => {
      const field = entry.fields.find((each) => each.id === id)
      if (field === undefined) return []
      const codes = field.codeList === undefined ? undefined : catalog.codeLists.get(field.codeList)?.codes
      return [
        {
          id,
          name: field.name,
          type: field.type,
          required: field.nullable !== true,
          ...(field.maxLength !== undefined && { maxLength: field.maxLength }),
          ...(codes !== undefined && { codes }),
        },
      ]
    }),
  }
}
