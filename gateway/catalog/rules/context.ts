import { type EntryFault, fault } from '../fault.ts'
import { parseFieldName } from '../field-ref.ts'
import type { FormEntry } from '../further-types.ts'
import type { EntryOfKind, Kind } from '../kinds.ts'
import type { SchemaFault } from '../schema-check.ts'
import type { DatasetEntry } from '../types.ts'

/** An entry with the place it was read from. `sound` = its shape is right; otherwise a rule may meet anything. */
export interface Placed<K extends Kind = Kind> {
  kind: K
  file: string
  /** Where the entry stands in its file: empty, or its index in the file's array. */
  path: (string | number)[]
  entry: EntryOfKind[K]
  sound: boolean
}

/** What a rule may ask about the rest of the catalogue. */
export interface RuleContext {
  /** True when an entry bears the id, whatever its shape: a broken entry is reported once, not by all who refer to it. */
  has(kind: Kind, id: string): boolean
  /** The entry of that id when its shape is right. */
  get<K extends Kind>(kind: K, id: string): EntryOfKind[K] | undefined
  /** The form of an item with its field sets put in, when both are of the right shape. */
  formOf(item: string): FormEntry | undefined
  /** Faults of a connector's config; `unknown-kind` when there is no such connector; `undefined` when nobody can tell. */
  connectorFaults(kind: string, config: unknown): SchemaFault[] | 'unknown-kind' | undefined
}

/** A rule yields what is wrong with one entry, everything, in the order a reader meets it. */
export type Rule<K extends Kind> = (entry: EntryOfKind[K], context: RuleContext) => Iterable<EntryFault>

const NAMES: Record<Kind, [zh: string, en: string]> = {
  members: ['成员', 'member'],
  datasets: ['数据资源', 'dataset'],
  scenarios: ['场景', 'scenario'],
  items: ['事项', 'item'],
  forms: ['表单', 'form'],
  'field-sets': ['公共字段集', 'field set'],
  certificates: ['证照', 'certificate'],
  bundles: ['一件事', 'bundle'],
  tasks: ['工作任务', 'task'],
  'code-lists': ['代码表', 'code list'],
  divisions: ['行政区划', 'division'],
  calendars: ['日历', 'calendar'],
}

/** A fault unless the catalogue has an entry of that kind and id. */
export function* mustExist(
  context: RuleContext,
  kind: Kind,
  id: string,
  path: EntryFault['path'],
): Iterable<EntryFault> {
  if (context.has(kind, id)) return
  const [zh, en] = NAMES[kind]
  yield fault(path, 'reference', `没有编号为 ${id} 的${zh}`, `there is no ${en} \`${id}\``)
}

/** A fault unless `name` is written as a field and names a source or derived field of the catalogue. */
export function* fieldMustExist(context: RuleContext, name: string, path: EntryFault['path']): Iterable<EntryFault> {
  const parsed = parseFieldName(name)
  if (parsed !== undefined && context.has('datasets', parsed.dataset)) {
    const dataset = context.get('datasets', parsed.dataset)
    if (dataset === undefined || hasField(dataset, parsed.field)) return
  }
  yield fault(path, 'field-reference', `目录中没有信息项 ${name}`, `the catalogue has no field \`${name}\``)
}

const hasField = ({ fields, derived }: DatasetEntry, id: string): boolean =>
  [...fields, ...derived].some((field) => field.id === id)

/** Faults for values that occur a second time; `pathOf` says where the i-th one stands. */
export function* repeated(
  values: readonly string[],
  pathOf: (index: number) => EntryFault['path'],
): Iterable<EntryFault> {
  const seen = new Set<string>()
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) yield fault(pathOf(index), 'unique', `${value} 重复`, `\`${value}\` occurs twice`)
    seen.add(value)
  }
}
