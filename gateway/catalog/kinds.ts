import type {
  BundleEntry,
  CalendarEntry,
  CertificateEntry,
  FieldSetEntry,
  FormEntry,
  TaskEntry,
} from './further-types.ts'
import type { CodeList, DatasetEntry, Division, ItemEntry, MemberEntry, ScenarioEntry } from './types.ts'

/** What each folder under `catalogs/` holds. The folder, the schema file and this key share one name. */
export interface EntryOfKind {
  members: MemberEntry
  datasets: DatasetEntry
  scenarios: ScenarioEntry
  items: ItemEntry
  forms: FormEntry
  'field-sets': FieldSetEntry
  certificates: CertificateEntry
  bundles: BundleEntry
  tasks: TaskEntry
  'code-lists': CodeList
  divisions: Division
  calendars: CalendarEntry
}
export type Kind = keyof EntryOfKind

export const KINDS: readonly Kind[] = [
  'members',
  'datasets',
  'scenarios',
  'items',
  'forms',
  'field-sets',
  'certificates',
  'bundles',
  'tasks',
  'code-lists',
  'divisions',
  'calendars',
]

/** The member an entry is named by. */
export const keyMember = (kind: Kind): 'id' | 'code' => (kind === 'divisions' ? 'code' : 'id')

/** What an entry is named by, as its file says it: of an unsound entry anything, or nothing. */
export const keyOf = (entry: unknown, kind: Kind): unknown =>
  typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)[keyMember(kind)] : undefined
