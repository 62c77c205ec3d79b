import { join } from 'node:path'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { withFieldSets } from './expand-form.ts'
import { type CatalogFault, type EntryFault, pointerOf } from './fault.ts'
import type { FormEntry } from './further-types.ts'
import { type EntryOfKind, type Kind, keyOf } from './kinds.ts'
import { readCatalogFiles, type SourceFile } from './read.ts'
import type { Placed, Rule, RuleContext } from './rules/context.ts'
import { RULES } from './rules/index.ts'
import { sourceBodyFaults } from './rules/source-body.ts'
import { uniquenessFaults } from './rules/unique.ts'
import { loadKindSchemas, newAjv, schemaFaults } from './schema-check.ts'

export interface CatalogOptions {
  /** Further folders of the same layout (an installation's own datasets), read after `dir`. */
  extraDirs?: string[]
  /** Where the schemas are; default `<dir>/schemas`. */
  schemaDir?: string
  /** JSON Schema of each connector kind's config. Without it connector configs are not looked into. */
  connectorSchemas?: Record<string, object>
}

/** Every fault of a catalogue, in the order of files; an empty list means that it can be loaded. */
export async function checkCatalog(dir: string, options: CatalogOptions = {}): Promise<CatalogFault[]> {
  return (await examineCatalog(dir, options)).faults
}

/** Reads and checks in one go: what `checkCatalog` reports and `loadCatalog` builds from. */
export async function examineCatalog(
  dir: string,
  options: CatalogOptions,
): Promise<{ entries: Placed[]; faults: CatalogFault[] }> {
  const schemas = await loadKindSchemas(options.schemaDir ?? join(dir, 'schemas'))
  const read = await Promise.all([dir, ...(options.extraDirs ?? [])].map(readCatalogFiles))
  const files = read.flatMap((each) => each.files)
  const faults = read.flatMap((each) => each.faults)

  const entries: Placed[] = []
  for (const file of files) {
    const shape = schemaFaults(schemas[file.kind], file.content).map((found) => ({ file: file.file, ...found }))
    faults.push(...shape)
    entries.push(...placed(file, shape))
  }
  const context = createContext(entries, options.connectorSchemas)
  for (const entry of entries) faults.push(...ruleFaults(entry, context, faults))
  faults.push(...uniquenessFaults(entries))
  faults.push(...sourceBodyFaults(entries.filter((entry): entry is Placed<'datasets'> => entry.kind === 'datasets')))
  return { entries, faults: faults.sort(byPlace) }
}

function placed({ kind, file, content }: SourceFile, shape: CatalogFault[]): Placed[] {
  const list = Array.isArray(content)
    ? content.map((entry, i) => ({ entry, path: [i] }))
    : [{ entry: content, path: [] }]
  return list.map(({ entry, path }) => ({
    kind,
    file,
    path,
    entry: entry as EntryOfKind[Kind],
    sound: !shape.some(({ pointer }) => covers(pointerOf(path), pointer)),
  }))
}

/**
 * Faults by rule of one entry. In an entry of the wrong shape a rule may stumble: what it said before counts, the
 * stumble does not, and neither does anything about a member already reported, so that one mistake is told once.
 */
function ruleFaults(
  { kind, file, path, entry, sound }: Placed,
  context: RuleContext,
  known: CatalogFault[],
): CatalogFault[] {
  const found: EntryFault[] = []
  for (const rule of RULES[kind] as readonly Rule<Kind>[]) {
    try {
      for (const each of rule(entry, context)) found.push(each)
    } catch (thrown) {
      if (sound) throw thrown
    }
  }
  const faults = found.map(({ path: at, ...said }) => ({ file, pointer: pointerOf([...path, ...at]), ...said }))
  if (sound) return faults
  const shape = known.filter((fault) => fault.file === file && fault.rule === 'schema')
  return faults.filter((fault) => !shape.some((broken) => covers(broken.pointer, fault.pointer)))
}

const covers = (pointer: string, other: string): boolean => other === pointer || other.startsWith(`${pointer}/`)

/** By the schema itself: connector kinds are the same objects at every check of a process. */
const compiled = new WeakMap<object, ValidateFunction>()
function validatorOf(schema: object): ValidateFunction {
  const validate = compiled.get(schema) ?? newAjv().compile(schema)
  compiled.set(schema, validate)
  return validate
}

function createContext(entries: readonly Placed[], connectorSchemas: Record<string, object> | undefined): RuleContext {
  const index = new Map<string, Placed>()
  for (const placed of entries) {
    const id = keyOf(placed.entry, placed.kind)
    const key = `${placed.kind} ${String(id)}`
    if (typeof id === 'string' && !index.has(key)) index.set(key, placed)
  }
  const get = <K extends Kind>(kind: K, id: string) => {
    const found = index.get(`${kind} ${id}`)
    return found?.sound ? (found.entry as EntryOfKind[K]) : undefined
  }
  const forms = new Map<string, FormEntry>()
  for (const { kind, entry, sound } of entries) {
    if (kind !== 'forms' || !sound) continue
    const form = entry as FormEntry
    forms.set(
      form.item,
      withFieldSets(form, (id) => get('field-sets', id)),
    )
  }
  return {
    has: (kind, id) => index.has(`${kind} ${id}`),
    get,
    formOf: (item) => forms.get(item),
    connectorFaults(kind, config) {
      if (connectorSchemas === undefined) return undefined
      const schema = Object.hasOwn(connectorSchemas, kind) ? connectorSchemas[kind] : undefined
      return schema === undefined ? 'unknown-kind' : schemaFaults(validatorOf(schema), config)
    },
  }
}

const byPlace = (a: CatalogFault, b: CatalogFault): number => order(a.file, b.file) || order(a.pointer, b.pointer)
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
