import { type CatalogFault, pointerOf } from '../fault.ts'
import { type EntryOfKind, type Kind, keyMember } from '../kinds.ts'
import type { Placed } from './context.ts'

type Path = (string | number)[]
interface Claim {
  placed: Placed
  path: Path
  value: string
}

/** What may occur once in the whole catalogue does: ids, directory codes, systems, members' names and codes (R93). */
export function* uniquenessFaults(entries: readonly Placed[]): Iterable<CatalogFault> {
  for (const kind of new Set(entries.map((placed) => placed.kind))) {
    const key = keyMember(kind)
    yield* clashes(claims(entries, kind, (entry) => [[[key], (entry as unknown as Record<string, string>)[key]]]))
  }
  yield* clashes(claims(entries, 'datasets', ({ code }) => [[['code'], code]]))
  yield* clashes(claims(entries, 'members', ({ uscc }) => [[['uscc'], uscc]]))
  yield* clashes(
    claims(entries, 'members', ({ name, aliases }) => [
      [['name'], name],
      ...aliases.map((alias, i): [Path, string] => [['aliases', i], alias]),
    ]),
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
): Claim[] {
  return entries.flatMap((placed) => {
    if (placed.kind !== kind) return []
    const made = attempt(() => of(placed.entry as EntryOfKind[K]))
    return made.flatMap(([path, value]) => (typeof value === 'string' ? [{ placed, path, value }] : []))
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
    const earlier = first.get(claim.value)
    if (earlier === undefined) {
      first.set(claim.value, claim)
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
