import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { DatasetEntry } from '../../gateway/catalog/types.ts'
import type { Grant } from '../../policies/engine/types.ts'
import { writeWhole } from '../installation/system-keys.ts'
import CONNECTORS from './connectors.json' with { type: 'json' }

const CATALOGS = resolve(import.meta.dirname, '../../catalogs')
/** What a node needs besides its datasets: who there is, what for, and the words. */
const COPIED = ['schemas', 'members', 'scenarios', 'code-lists', 'divisions', 'calendars']

/** Its own register, and what it has from the city. */
export const COUNTY_DATASETS = Object.keys(CONNECTORS)

/** A dataset as the county node publishes it: the same entry, read in the county's own way. */
export async function countyDataset(id: string): Promise<DatasetEntry> {
  const entry = JSON.parse(await readFile(join(CATALOGS, 'datasets', `${id}.json`), 'utf8')) as DatasetEntry
  const connector = CONNECTORS[id as keyof typeof CONNECTORS]
  // Fields elsewhere that these repeat belong to datasets which are not the county's to publish.
  const fields = entry.fields.map(({ copyOf: _copyOf, ...field }) => field)
  return { ...entry, fields, connector }
}

/** Writes the county node's published directory: two datasets, the items its grants name, no forms. */
export async function writeCountyCatalogue(dir: string, grants: readonly Grant[]): Promise<void> {
  await rm(dir, { recursive: true, force: true }) // an older checkout's may hold more
  await mkdir(join(dir, 'datasets'), { recursive: true, mode: 0o700 })
  await Promise.all(COPIED.map((kind) => cp(join(CATALOGS, kind), join(dir, kind), { recursive: true })))
  await mkdir(join(dir, 'items'), { mode: 0o700 })
  await writeWhole(join(dir, 'items', 'county.json'), await handledItems(grants))
  for (const id of COUNTY_DATASETS) await writeWhole(join(dir, 'datasets', `${id}.json`), await countyDataset(id))
}

/** The items its grants name, without their counterparts elsewhere, which are not published here. */
async function handledItems(grants: readonly Grant[]): Promise<unknown[]> {
  const wanted = new Set(grants.flatMap(({ items }) => (items === 'all' ? [] : items)))
  const folder = join(CATALOGS, 'items')
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  return files
    .flatMap((text) => JSON.parse(text) as { id: string; sameAs?: string[] }[])
    .filter(({ id }) => wanted.has(id))
    .map(({ sameAs: _sameAs, ...item }) => item)
}

const datasetOf = (field: string): string => field.split('.')[0]!.split(':').at(-1)!
const here = (field: string): boolean => COUNTY_DATASETS.includes(datasetOf(field))

/**
 * The city's grants as far as they are about the county's datasets: one agreement, enforced at both ends. A gateway asks
 * another by query, whatever it needs the answer for.
 */
export function countyGrants(grants: readonly Grant[]): Grant[] {
  return grants.flatMap((grant) => {
    const fields = grant.fields.filter(here)
    if (fields.length === 0) return []
    const keep = <V>(members: Record<string, V>, wanted: (name: string) => boolean): Record<string, V> =>
      Object.fromEntries(Object.entries(members).filter(([name]) => wanted(name)))
    return [
      {
        ...grant,
        fields,
        modes: ['query'],
        masks: keep(grant.masks, here),
        datasetVersions: keep(grant.datasetVersions, (id) => COUNTY_DATASETS.includes(id)),
      },
    ]
  })
}
