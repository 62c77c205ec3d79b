import type { MaskRule } from '../catalog/types.ts'
import type { ReleasedData, ReleasedRow, RequestedField, Shaped, SourceEntry } from '../exchange.ts'
import { mask } from '../masking/mask.ts'
import { keyOf } from './reading.ts'
import type { LegEnd } from './run-leg.ts'
import { MAIN } from './wanted.ts'

type Answered = Extract<LegEnd, { kind: 'answered' }>

/** What of each exchange goes out: entered while the form is filled; all else that was read stays behind. */
export interface Selection {
  /** Enters rows of a field and answers the mask it goes out under. */
  take(end: Answered, field: RequestedField, rows: readonly number[]): MaskRule | undefined
  /** The exchange as it is signed, recorded and answered. */
  released(end: Answered): Shaped
}

/**
 * INVARIANT: the released fields are a subset of the granted ones: only fields of `end.shaped`, which the decision covers
 * whole, are entered, and values of a person who is not the authenticated applicant leave masked, in evidence too.
 */
export function createSelection(applicant: string | undefined): Selection {
  const taken = new Map<Answered, Map<string, { field: RequestedField; rows: Set<number> }>>()

  function ruleOf(end: Answered, field: RequestedField): MaskRule | undefined {
    const role = field.role ?? MAIN
    const granted = end.authorised.masks[field.name]
    const own = role === applicant || end.leg.task.subjects[role]?.type !== 'person'
    return own || granted !== undefined ? granted : concealing(field)
  }

  return {
    take(end, field, rows) {
      const fields = taken.get(end) ?? new Map<string, { field: RequestedField; rows: Set<number> }>()
      taken.set(end, fields)
      const entered = fields.get(field.name) ?? { field, rows: new Set<number>() }
      fields.set(field.name, entered)
      for (const row of rows) entered.rows.add(row)
      return ruleOf(end, field)
    },

    released(end) {
      const fields = taken.get(end) ?? new Map<string, { field: RequestedField; rows: Set<number> }>()
      const data: ReleasedData = {}
      const sources: Record<string, SourceEntry> = {}
      const masks: Record<string, MaskRule> = {}
      for (const [key, source] of Object.entries(end.shaped.sources)) {
        const own = [...fields.values()].filter(({ field }) => keyOf(field) === key)
        const asked = end.shaped.fields.filter((field) => keyOf(field) === key)
        const masked = own.flatMap(({ field }) => (ruleOf(end, field) === undefined ? [] : [field.name]))
        for (const { field } of own) {
          const rule = ruleOf(end, field)
          if (rule !== undefined) masks[field.name] = rule
        }
        if (asked.length > 0) sources[key] = { ...source, masked }
        const found = end.shaped.data[key]
        if (found !== undefined && own.length > 0) data[key] = pruned(found, own, masks)
      }
      const withheld = new Set(end.shaped.fields.map(({ name }) => name).filter((name) => !fields.has(name)))
      return { ...end.shaped, masks, data, sources, withheld }
    },
  }
}

function pruned(
  found: ReleasedRow | ReleasedRow[],
  own: { field: RequestedField; rows: Set<number> }[],
  masks: Record<string, MaskRule>,
): ReleasedRow | ReleasedRow[] {
  const row = (from: ReleasedRow, at: number): ReleasedRow =>
    Object.fromEntries(
      own
        .filter(({ field, rows }) => rows.has(at) && from[field.field] !== undefined)
        .map(({ field }) => {
          const rule = masks[field.name]
          const value = from[field.field] ?? null
          return [field.field, rule === undefined ? value : mask(rule, value)]
        }),
    )
  if (!Array.isArray(found)) return row(found, 0)
  return found.map(row).filter((each) => Object.keys(each).length > 0)
}

/** How a value of somebody else is shown: in the manner of its kind, else not at all. */
function concealing({ dataset, field }: RequestedField): MaskRule {
  const entry = dataset.fields.find(({ id }) => id === field)
  if (entry !== undefined && entry.mask !== 'none') return entry.mask
  if (entry?.identifier === 'resident-id' || /idNumber$/i.test(field)) return 'citizenId18'
  return /^name$|[a-z]Name$|^householder$/.test(field) ? 'name' : 'full'
}
