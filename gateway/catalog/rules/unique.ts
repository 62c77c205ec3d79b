import { type CatalogFault, pointerOf } from '../fault.ts'
import { type EntryOfKind, type Kind, keyMember, keyOf } from '../kinds.ts'
import type { Placed } from './context.ts'

type Path = (string | number)[]
interface Claim {
  placed: Placed
  path: Path
  value: string
  /** Claims of different scopes do not meet. */
  scope: string
}

/** What may occur once in the whole catalogue does: ids, directory codes, systems, members' names and codes (R93). */
export function* uniquenessFaults(entries: readonly Placed[]): Iterable<CatalogFault> {
  for (const kind of new Set(entries.map((placed) => placed.kind))) {
    const key = keyMember(kind)
    yield* clashes(claims(entries, kind, (entry) => [[[key], keyOf(entry, kind)]]))
  }
  yield* clashes(claims(entries, 'datasets', ({ code }) => [[['code'], code]]))
  yield* clashes(claims(entries, 'forms', ({ item }) => [[['item'], item]]))
  yield* clashes(claims(entries, 'members', ({ uscc }) => [[['uscc'], uscc]]))
  yield* clashes(
    // 市公安局 is a name in every city: what a list prints is unambiguous within its own division only
    claims(
      entries,
      'members',
      ({ name, aliases }) => [[['name'], name], ...aliases.map((alias, i): [Path, string] => [['aliases', i], alias])],
      ({ division }) => division,
    ),
  )
  yield* clashes(
    claims(entries, 'members', ({ systems }) =>
      systems.map((system, i): [Path, string] => [['systems', i, 'id'], system.id]),
    ),
  )
}

function claims<K extends Kind>(
  entries: readonly Placed[],
  kind: K,
  of: (entry: EntryOfKind[K]) => [Path, unknown][],
  scopeOf: (entry: EntryOfKind[K]) => string = () => '',
): Claim[] {
  return entries.flatMap((placed) => {
    if (placed.kind !== kind) return []
    const entry = placed.entry as EntryOfKind[K]
    const made = attempt(() => of(entry))
    const scope = made.length === 0 ? '' : scopeOf(entry)
    return made.flatMap(([path, value]) => (typeof value === 'string' ? [{ placed, path, value, scope }] : []))
  })
}

/** An entry of the wrong shape claims nothing here; its shape is reported on its own. */
function attempt(read: () => [Path, unknown][]): [Path, unknown][] {
  try {
    return read()
  } catch {
    return []
  }
}

function* clashes(all: Claim[]): Iterable<CatalogFault> {
  const first = new Map<string, Claim>()
  for (const claim of all) {
    const key = `${claim.scope} ${claim.value}`
    const earlier = first.get(key)
    if (earlier === undefined) {
      first.set(key, claim)
      continue
    }
    const where = `${earlier.placed.file}#${pointerOf([...earlier.placed.path, ...earlier.path])}`
    yield {
      file: claim.placed.file,
      pointer: pointerOf([...claim.placed.path, ...claim.path]),
      rule: 'unique',
      zh: `${claim.value} 已在 ${where} 使用`,
      en: `\`${claim.value}\` is used before, in ${where}`,
    }
  }
}
