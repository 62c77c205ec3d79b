import { parseFieldName } from './field-ref.ts'
import type { FormMaterial } from './further-types.ts'
import type { Catalog, DatasetEntry } from './types.ts'

/** Text as it is compared: half width, lower case, no spaces and no book-title marks. */
export const searchForm = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s《》“”"]/g, '')

/** True when any of the texts holds what is looked for (in search form). */
export const mentions = (wanted: string, texts: readonly (string | undefined)[]): boolean =>
  texts.some((text) => text !== undefined && searchForm(text).includes(wanted))

export const datasetTexts = ({ id, code, name, abstract, fields, derived }: DatasetEntry): string[] => [
  id,
  code,
  name,
  abstract,
  ...[...fields, ...derived].map((field) => field.name),
]

/**
 * Whether something a window would ask an applicant for can be had by sharing instead.
 * `by-grant`: under conditions; `otherwise`: not by sharing, but not from the applicant either (告知承诺、网上开具、协查、取消);
 * `not-registered`: a known certificate without a dataset yet.
 */
export type Obtainable = 'yes' | 'by-grant' | 'otherwise' | 'not-registered' | 'no'

export interface MaterialMatch {
  kind: 'certificate' | 'dataset' | 'field' | 'material'
  id: string
  name: string
  obtainable: Obtainable
  dataset: string | null
  /** Of a material: why it need not be submitted. */
  exemption?: NonNullable<FormMaterial['exemption']>
  /** Of a material: the forms that list it so. */
  forms?: string[]
}

const BY_SHARE_CLASS: Record<DatasetEntry['shareClass'], Obtainable> = {
  unconditional: 'yes',
  conditional: 'by-grant',
  'not-shared': 'no',
}

/** Best answer first. */
const RANK: Obtainable[] = ['yes', 'by-grant', 'otherwise', 'not-registered', 'no']

/**
 * Certificates, datasets, fields and forms' materials that a material's name stands for, best answer first (R13, R44).
 *
 * A certificate or dataset matches in both directions, since windows ask for “居民身份证复印件”; a field only when its
 * name holds the whole material, or half the directory would answer.
 */
export function findMaterial(catalog: Catalog, material: string): MaterialMatch[] {
  const wanted = searchForm(material)
  const alike = (name: string) => mentions(wanted, [name]) || wanted.includes(searchForm(name))
  const found: MaterialMatch[] = []

  for (const { id, name, dataset } of catalog.certificates.values()) {
    if (!alike(name)) continue
    const source = dataset === undefined ? undefined : catalog.datasets.get(dataset)
    const obtainable = source === undefined ? 'not-registered' : BY_SHARE_CLASS[source.shareClass]
    found.push({ kind: 'certificate', id, name, obtainable, dataset: source?.id ?? null })
  }
  for (const dataset of catalog.datasets.values()) {
    const obtainable = BY_SHARE_CLASS[dataset.shareClass]
    if (alike(dataset.name))
      found.push({ kind: 'dataset', id: dataset.id, name: dataset.name, obtainable, dataset: dataset.id })
    for (const { id, name } of [...dataset.fields, ...dataset.derived]) {
      if (mentions(wanted, [name]))
        found.push({ kind: 'field', id: `${dataset.id}.${id}`, name, obtainable, dataset: dataset.id })
    }
  }
  found.push(...formMaterials(catalog, alike))
  // sorting is stable: within one answer certificates stay before datasets, datasets before fields, fields before materials
  return found.sort((a, b) => RANK.indexOf(a.obtainable) - RANK.indexOf(b.obtainable))
}

/** Materials of forms by that name, one line per way of having it. */
function formMaterials(catalog: Catalog, alike: (name: string) => boolean): MaterialMatch[] {
  const lines = new Map<string, MaterialMatch & { forms: string[] }>()
  for (const form of catalog.forms.values()) {
    for (const material of form.materials) {
      if (!alike(material.name)) continue
      const had = materialSource(catalog, material)
      const key = [material.name, material.exemption, had.dataset].join(' ')
      const line = lines.get(key)
      if (line === undefined) {
        lines.set(key, {
          kind: 'material',
          id: `${form.id}#${material.code}`,
          name: material.name,
          ...had,
          ...(material.exemption !== undefined && { exemption: material.exemption }),
          forms: [form.id],
        })
      } else line.forms.push(form.id)
    }
  }
  return [...lines.values()]
}

/** Whether a form's material can be had without the applicant, and from which dataset. */
export function materialSource(
  catalog: Catalog,
  { exemption, certificate, fields }: FormMaterial,
): { obtainable: Obtainable; dataset: string | null } {
  if (exemption === undefined) return { obtainable: 'no', dataset: null }
  if (exemption !== 'certificate' && exemption !== 'data-sharing') return { obtainable: 'otherwise', dataset: null }
  const named =
    exemption === 'certificate'
      ? catalog.certificates.get(certificate ?? '')?.dataset
      : parseFieldName(fields?.[0] ?? '')?.dataset
  const source = named === undefined ? undefined : catalog.datasets.get(named)
  if (source === undefined) return { obtainable: 'not-registered', dataset: null }
  return { obtainable: BY_SHARE_CLASS[source.shareClass], dataset: source.id }
}
