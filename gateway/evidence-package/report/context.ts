import type { Grant } from '../../../policies/engine/types.ts'
import type { RecordColumns } from '../../ports/exchange-log.ts'
import { jsonOf } from '../checks/check.ts'
import { type OpenedRequest, openedRequest } from '../checks/request.ts'
import { type EntryView, readEntry } from '../entry-view.ts'
import { FILE, grantChangesFile, grantFile } from '../names.ts'
import type { GrantChange, Manifest } from '../types.ts'
import type { PackageFiles } from '../zip.ts'

interface CatalogueText {
  members: { id: string; name: string; systems: { id: string; name: string }[] }[]
  datasets: { id: string; name: string; provider: string; fields: Labelled[]; derived?: Labelled[] }[]
  scenarios: { id: string; name: string }[]
  items: { id: string; name: string }[]
}
interface Labelled {
  id: string
  name: string
}

export interface GrantInPackage {
  id: string
  document: Grant | undefined
  changes: GrantChange[]
}

/** Everything the report speaks of, read from the package's own files. */
export interface ReportContext {
  files: PackageFiles
  manifest: Omit<Manifest, 'files'> & Pick<Manifest, 'files'>
  entry: EntryView
  columns: RecordColumns & { index: string; recordedAt: string }
  request: OpenedRequest | undefined
  grants: GrantInPackage[]
  name: {
    member(id: string): string
    system(id: string): string
    scenario(id: string): string
    item(id: string): string
    dataset(key: string): string
    provider(key: string): string | null
    field(key: string, field: string): string
  }
}

export function reportContext(files: PackageFiles, manifest: Manifest): ReportContext {
  const entry = readEntry(files.get(FILE.entry)!)
  const catalogue = jsonOf<CatalogueText>(files, FILE.catalogue)
  const body = files.get(FILE.requestJws) ?? files.get(FILE.requestJson)
  const named = (list: Labelled[] | undefined, id: string): string => list?.find((each) => each.id === id)?.name ?? id
  const datasetOf = (key: string) => catalogue?.datasets.find(({ id }) => id === key.slice(key.indexOf(':') + 1))
  const systems = catalogue?.members.flatMap((member) => member.systems)
  return {
    files,
    manifest,
    entry,
    columns: jsonOf(files, FILE.columns)!,
    request: body && openedRequest(body),
    grants: (entry.grants ?? []).map((id) => ({
      id,
      document: jsonOf<{ document: Grant }>(files, grantFile(id))?.document,
      changes: jsonOf<GrantChange[]>(files, grantChangesFile(id)) ?? [],
    })),
    name: {
      member: (id) => named(catalogue?.members, id),
      system: (id) => (id === 'operator' ? '管理面' : named(systems, id)),
      scenario: (id) => named(catalogue?.scenarios, id),
      item: (id) => named(catalogue?.items, id),
      dataset: (key) => datasetOf(key)?.name ?? key,
      provider(key) {
        const provider = datasetOf(key)?.provider
        return provider === undefined ? null : named(catalogue?.members, provider)
      },
      field(key, field) {
        const dataset = datasetOf(key)
        return [...(dataset?.fields ?? []), ...(dataset?.derived ?? [])].find(({ id }) => id === field)?.name ?? field
      },
    },
  }
}
