import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { type CatalogOptions, examineCatalog } from './check.ts'
import { withFieldSets } from './expand-form.ts'
import { CatalogError } from './fault.ts'
import { deepFreeze, FrozenMap } from './frozen.ts'
import { type EntryOfKind, KINDS, type Kind, keyOf } from './kinds.ts'
import type { Placed } from './rules/context.ts'
import type { Catalog } from './types.ts'

/**
 * Loads the published directory as one immutable version.
 *
 * Shape:  maps are in the order of ids (numbers by value: P2.1 before P10.1); `version` is the base64url SHA-256 of the
 *         RFC 8785 form of all entries by kind, in that order, so that it depends on what the files say and not on how
 *         they are laid out.
 * Errors: `CatalogError` with every fault, when there is one.
 */
export async function loadCatalog(dir: string, options: CatalogOptions = {}): Promise<Catalog> {
  const { entries, faults } = await examineCatalog(dir, options)
  if (faults.length > 0) throw new CatalogError(faults)

  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, sorted(entries, kind)])) as {
    [K in Kind]: [string, EntryOfKind[K]][]
  }
  const systems = kinds.members.flatMap(([, member]) =>
    member.systems.map((system) => [system.id, { member, system }] as const),
  )
  const fieldSets = new Map(kinds['field-sets'])
  return deepFreeze({
    version: versionOf(kinds),
    members: new FrozenMap(kinds.members),
    systems: new FrozenMap(systems),
    datasets: new FrozenMap(kinds.datasets),
    scenarios: new FrozenMap(kinds.scenarios),
    items: new FrozenMap(kinds.items),
    forms: new FrozenMap(kinds.forms.map(([id, form]) => [id, withFieldSets(form, (set) => fieldSets.get(set))])),
    fieldSets: new FrozenMap(kinds['field-sets']),
    certificates: new FrozenMap(kinds.certificates),
    bundles: new FrozenMap(kinds.bundles),
    tasks: new FrozenMap(kinds.tasks),
    codeLists: new FrozenMap(kinds['code-lists']),
    divisions: new FrozenMap(kinds.divisions),
    calendars: new FrozenMap(kinds.calendars),
  })
}

function sorted<K extends Kind>(entries: readonly Placed[], kind: K): [string, EntryOfKind[K]][] {
  return entries
    .filter((placed) => placed.kind === kind)
    .map(({ entry }): [string, EntryOfKind[K]] => [String(keyOf(entry, kind)), entry as EntryOfKind[K]])
    .sort(([a], [b]) => compareIds(a, b))
}

function versionOf(kinds: Record<Kind, [string, unknown][]>): string {
  const content = Object.fromEntries(KINDS.map((kind) => [kind, kinds[kind].map(([, entry]) => entry)]))
  return createHash('sha256').update(canonicalize(content)!).digest('base64url')
}

/** Order of ids as a reader expects it: runs of digits by value, all else by code unit; the same on every machine. */
export function compareIds(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i]!, right[i]!]
    const numeric = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0
    if (numeric !== 0) return numeric
    if (x !== y) return x < y ? -1 : 1
  }
  return left.length - right.length
}
