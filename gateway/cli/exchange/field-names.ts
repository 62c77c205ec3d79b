import type { GuanyiClient } from '../../client/client.ts'
import { isObject } from '../json.ts'

/** What people call a dataset, its provider and its fields; ids where the gateway does not tell. */
export interface Names {
  dataset(key: string): string
  provider(key: string): string
  field(key: string, field: string): string
}

interface DatasetNames {
  name: string
  provider: string
  fields: ReadonlyMap<string, string>
}

/** Asks the gateway's published directory for names. An answer is shown without them rather than not at all. */
export async function fetchNames(client: GuanyiClient, keys: readonly string[]): Promise<Names> {
  const ids = [...new Set(keys.map(datasetOf))]
  const known = new Map(await Promise.all(ids.map(async (id) => [id, await namesOf(client, id)] as const)))
  return {
    dataset: (key) => known.get(datasetOf(key))?.name ?? '',
    provider: (key) => known.get(datasetOf(key))?.provider ?? '',
    field: (key, field) => known.get(datasetOf(key))?.fields.get(field) ?? '',
  }
}

/** `guardian:real-estate` → `real-estate`. */
const datasetOf = (key: string): string => key.slice(key.indexOf(':') + 1)

async function namesOf(client: GuanyiClient, id: string): Promise<DatasetNames | undefined> {
  try {
    const { entry } = (await (await client.get(`/v1/catalog/datasets/${id}`)).json()) as { entry: unknown }
    if (!isObject(entry)) return undefined
    const fields = [entry.fields, entry.derived].flatMap((list) => (Array.isArray(list) ? list : [])).filter(isObject)
    return {
      name: String(entry.name ?? ''),
      provider: isObject(entry.owner) ? String(entry.owner.name ?? '') : '',
      fields: new Map(fields.map((field) => [String(field.id), String(field.name ?? '')])),
    }
  } catch {
    return undefined
  }
}
