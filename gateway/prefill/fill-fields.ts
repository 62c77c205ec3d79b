import { parseFieldName } from '../catalog/field-ref.ts'
import type { FormField, FormSource } from '../catalog/further-types.ts'
import type { Catalog, Scalar } from '../catalog/types.ts'
import type { ReleasedRow } from '../exchange.ts'
import { mask } from '../masking/mask.ts'
import { chinaDay } from '../requests/subjects.ts'
import type { FormTask } from './leg.ts'
import type { Reading } from './reading.ts'
import type { Selection } from './release.ts'
import type { Situations } from './situations.ts'
import type { Empty, FieldOrigin, FilledField, PendingTask, PrefillRequest } from './types.ts'
import { fieldsOfSource } from './wanted.ts'

export interface FillContext {
  catalog: Catalog
  task: FormTask
  request: PrefillRequest
  situations: Situations
  /** Closed for bearers whose relation is not proven. */
  read: (name: string) => Reading
  selection: Selection
  nowMs: number
}

/** One form field with its value and where it is from, or why it is empty. What it takes is entered into the selection. */
export function fillField(field: FormField, context: FillContext): FilledField {
  const { task, situations } = context
  const { id, name, role, element, required, editable } = field
  const base = { id, name, role, element, required, editable }
  const roleWhen = task.form.roles?.find((each) => each.id === role)?.when
  const applies = situations.applies([...(roleWhen ?? []), ...(field.when ?? [])])
  if (applies === 'no') return { ...base, empty: 'not-applicable' }
  if (applies === 'open') return { ...base, empty: 'open-situation' }
  if (!Object.hasOwn(task.subjects, role)) return { ...base, empty: 'ask-applicant' }
  let empty: Empty = 'ask-applicant'
  for (const source of field.sources) {
    const filled = source.kind === 'field' || source.kind === 'certificate' ? fromData(source) : fromRequest(source)
    if (typeof filled !== 'string') return { ...base, ...filled }
    if (empty === 'ask-applicant') empty = filled
  }
  const asked = empty === 'pending' ? pendingTask(field.sources) : undefined
  return { ...base, empty, ...(asked !== undefined && { task: asked }) }

  function pendingTask(sources: readonly FormSource[]): PendingTask | undefined {
    const names = sources.flatMap((source) => fieldsOfSource(context.catalog, source, role))
    return names.map(context.read).flatMap((each) => (each.ok || each.task === undefined ? [] : [each.task]))[0]
  }

  function fromRequest(source: FormSource): Partial<FilledField> | Empty {
    const bearer = task.subjects[role]!
    const { attribute } = source
    if (source.kind === 'constant') return { value: source.value ?? null, source: { kind: 'constant' } }
    const { request } = context
    const found =
      source.kind === 'case'
        ? attribute === 'application'
          ? request.application
          : (request.case ?? request.application)
        : attribute === 'case' || attribute === 'application' || attribute === undefined
          ? request[attribute === 'application' ? 'application' : 'case']
          : bearer[attribute]
    if (found === undefined) return 'ask-applicant'
    const hidden = source.kind === 'subject' && bearer.type === 'person' && role !== task.applicant
    if (!hidden || attribute === 'idType') return { value: found, source: { kind: 'request' } }
    return {
      value: mask(attribute === 'name' ? 'name' : bearer.idType === 'resident-id' ? 'citizenId18' : 'full', found),
      masked: true,
      source: { kind: 'request' },
    }
  }

  function fromData(source: FormSource): Partial<FilledField> | Empty {
    const [wanted] = fieldsOfSource(context.catalog, source, role)
    if (wanted === undefined) return 'ask-applicant'
    const reading = context.read(wanted)
    if (!reading.ok) return reading.empty
    const fits = reading.rows.flatMap((row, at) => {
      const there = row[reading.field.field] !== undefined && row[reading.field.field] !== null
      return there && meets(row, source) ? [{ row, at }] : []
    })
    const taken = choose(fits, source)
    if (taken.length === 0) return 'not-found'
    const rule = context.selection.take(
      reading.end,
      reading.field,
      taken.map(({ at }) => at),
    )
    const origin = {
      kind: 'data' as const,
      dataset: reading.field.dataset.id,
      field: reading.field.field,
      provider: reading.source.provider,
      asOf: reading.source.asOf,
      status: reading.source.status,
      ...declaredOf(reading),
    }
    if (rule === 'full') return { verified: true, source: origin }
    const values = taken.map(({ row }) => row[reading.field.field] as Scalar)
    const shown = values.map((value) =>
      rule === undefined ? transformed(value, source, wanted) : mask(rule, value as Scalar),
    )
    const masked = rule === undefined ? {} : { masked: true as const }
    if (shown.length > 1 && source.transform === 'join')
      return { value: [...new Set(shown)].join('、'), ...masked, source: origin }
    const distinct = [...new Set(shown)]
    if (distinct.length === 1) return { value: distinct[0]!, ...masked, source: origin }
    return { options: distinct, ...masked, source: origin }
  }

  function transformed(value: Scalar, { transform }: FormSource, name: string): Scalar {
    if (value === null || transform === undefined) return value
    const text = String(value)
    if (transform === 'date-to-text' && /^\d{8}$/.test(text))
      return `${text.slice(0, 4)}年${Number(text.slice(4, 6))}月${Number(text.slice(6))}日`
    if (transform === 'month-to-text' && /^\d{6}$/.test(text)) return `${text.slice(0, 4)}年${Number(text.slice(4))}月`
    if (transform === 'fen-to-yuan' && typeof value === 'number') return (value / 100).toFixed(2)
    if (transform === 'age' && /^\d{8}$/.test(text)) {
      const today = chinaDay(context.nowMs)
      return Number(today.slice(0, 4)) - Number(text.slice(0, 4)) - (today.slice(4) < text.slice(4) ? 1 : 0)
    }
    if (transform !== 'code-to-name') return value
    const parsed = parseFieldName(name)
    const entry = context.catalog.datasets.get(parsed?.dataset ?? '')?.fields.find(({ id }) => id === parsed?.field)
    const codes = context.catalog.codeLists.get(entry?.codeList ?? field.codeList ?? '')?.codes
    return codes !== undefined && Object.hasOwn(codes, text) ? codes[text]! : value
  }
}

function declaredOf({ field, source }: Extract<Reading, { ok: true }>): Pick<FieldOrigin, 'declared'> {
  const found = source.declared?.find(({ fields }) => fields.includes(field.field))
  if (found === undefined) return {}
  const { fields: _fields, ...declared } = found
  return { declared }
}

interface Row {
  row: ReleasedRow
  at: number
}

function choose(rows: Row[], { select, transform }: FormSource): Row[] {
  if (rows.length <= 1 || transform === 'join' || select?.by === 'ask') return rows
  if ((select?.by === 'latest' || select?.by === 'earliest') && select.field !== undefined) {
    const { by, field } = select
    const sorted = rows.toSorted((a, b) => (String(a.row[field] ?? '') < String(b.row[field] ?? '') ? -1 : 1))
    return [by === 'latest' ? sorted.at(-1)! : sorted[0]!]
  }
  return rows
}

function meets(row: ReleasedRow, { select }: FormSource): boolean {
  return (select?.where ?? []).every((condition) => {
    const value = row[condition.field] ?? null
    if (condition.equals !== undefined && value !== condition.equals) return false
    if (condition.in !== undefined && !condition.in.includes(value)) return false
    if (condition.atLeast !== undefined && !(value !== null && value >= condition.atLeast)) return false
    return condition.atMost === undefined || (value !== null && value <= condition.atMost)
  })
}
