import { bundleDetail, certificateDetail, formDetail } from './forms-view.ts'
import type { BundleEntry, CertificateEntry, FormEntry } from './further-types.ts'
import { datasetDetail, datasetSummary, itemView, named } from './public-view.ts'
import { datasetTexts, findMaterial, mentions } from './search.ts'
import type { Catalog, DatasetEntry, ItemEntry, ScenarioEntry } from './types.ts'

export type PublishedKind = 'datasets' | 'scenarios' | 'items' | 'forms' | 'certificates' | 'bundles'

type View = Record<string, unknown>

/** How one kind of the directory is listed, found and shown. */
interface Published<E> {
  all(catalog: Catalog): ReadonlyMap<string, E>
  /** What `q` looks into. */
  texts(entry: E, catalog: Catalog): (string | undefined)[]
  /** Filters beside `q`, by query parameter. */
  filters: Record<string, (entry: E, value: string, catalog: Catalog) => boolean>
  summary(entry: E, catalog: Catalog): View
  detail(entry: E, catalog: Catalog): View
}

const worksOn = (item: ItemEntry | undefined, department: string): boolean =>
  item !== undefined && [...item.lead, ...item.collaborating].includes(department)

const serves = (item: ItemEntry | undefined, audience: string): boolean =>
  item?.serviceObject === audience || item?.audiences?.some((each) => each === audience) === true

const itemsOf = (scenario: ScenarioEntry, catalog: Catalog): ItemEntry[] =>
  [...catalog.items.values()].filter((item) => item.scenario === scenario.id)

const datasets: Published<DatasetEntry> = {
  all: (catalog) => catalog.datasets,
  texts: datasetTexts,
  filters: {
    provider: ({ provider }, id) => provider === id,
    department: ({ provider }, id) => provider === id,
    audience: ({ subjectTypes }, type) => subjectTypes.some((subject) => subject === type),
    material: ({ id }, name, catalog) => findMaterial(catalog, name).some(({ dataset }) => dataset === id),
  },
  summary: datasetSummary,
  detail: datasetDetail,
}

const scenarios: Published<ScenarioEntry> = {
  all: (catalog) => catalog.scenarios,
  texts: ({ id, name, stage, scenes }) => [id, name, stage.name, ...(scenes ?? [])],
  filters: {
    audience: ({ audience }, value) => audience === value,
    department: (scenario, id, catalog) => itemsOf(scenario, catalog).some((item) => worksOn(item, id)),
  },
  summary: (scenario) => ({ ...scenario }),
  detail: (scenario, catalog) => ({
    ...scenario,
    items: itemsOf(scenario, catalog).map(({ id, name, lead }) => ({
      id,
      name,
      lead: lead.map((department) => named(catalog, department)),
    })),
  }),
}

const items: Published<ItemEntry> = {
  all: (catalog) => catalog.items,
  texts: ({ id, name, group, printed }) => [id, name, group, ...printed.lead, ...printed.collaborating],
  filters: {
    scenario: ({ scenario }, id) => scenario === id,
    department: worksOn,
    audience: serves,
    list: ({ source }, name) => source.file === name || source.file.startsWith(`${name}-`),
    mode: ({ handlingModes }, mode) => handlingModes?.includes(mode) === true,
    certificate: ({ certificates }, id) => certificates?.types.includes(id) === true,
  },
  summary: itemView,
  detail: itemView,
}

const itemOf = (form: FormEntry, catalog: Catalog): ItemEntry | undefined => catalog.items.get(form.item)

const forms: Published<FormEntry> = {
  all: (catalog) => catalog.forms,
  texts: ({ id, name, materials }) => [id, name, ...materials.map((material) => material.name)],
  filters: {
    scenario: (form, id, catalog) => itemOf(form, catalog)?.scenario === id,
    department: (form, id, catalog) => worksOn(itemOf(form, catalog), id),
    audience: (form, value, catalog) => serves(itemOf(form, catalog), value),
    item: ({ item }, id) => item === id,
    state: ({ state }, value) => state === value,
    certificate: ({ materials }, id) => materials.some(({ certificate }) => certificate === id),
  },
  summary: ({ id, name, item, state, basis, version, questions, fields, materials }) => ({
    id,
    name,
    item,
    state,
    basis,
    version,
    questions: questions.length,
    fields: fields.length,
    materials: materials.length,
  }),
  detail: formDetail,
}

const certificates: Published<CertificateEntry> = {
  all: (catalog) => catalog.certificates,
  texts: ({ id, name, issuers }) => [id, name, ...issuers],
  filters: {
    department: ({ issuerMembers }, id) => issuerMembers.includes(id),
    audience: ({ holder }, value) => holder === value,
  },
  summary: (certificate) => ({ ...certificate }),
  detail: certificateDetail,
}

const bundles: Published<BundleEntry> = {
  all: (catalog) => catalog.bundles,
  texts: ({ id, name }) => [id, name],
  filters: {
    scenario: ({ scenario }, id) => scenario === id,
    department: ({ items: parts }, id, catalog) => parts.some(({ item }) => worksOn(catalog.items.get(item), id)),
    audience: ({ audience }, value) => audience === value,
  },
  summary: ({ id, name, scenario, audience, basis, version }) => ({ id, name, scenario, audience, basis, version }),
  detail: bundleDetail,
}

/** A kind with its entries' type shut in: from outside, ids go in and views come out. */
interface Shelf {
  filters: readonly string[]
  find(catalog: Catalog, query: ListQuery): string[]
  show(catalog: Catalog, id: string, how: 'summary' | 'detail'): View | undefined
}

const shelf = <E>(published: Published<E>): Shelf => ({
  filters: Object.keys(published.filters),
  find(catalog, { q, filters }) {
    const wanted = Object.entries(filters)
    return [...published.all(catalog)]
      .filter(([, entry]) => q === undefined || mentions(q, published.texts(entry, catalog)))
      .filter(([, entry]) => wanted.every(([name, value]) => published.filters[name]!(entry, value, catalog)))
      .map(([id]) => id)
  },
  show(catalog, id, how) {
    const entry = published.all(catalog).get(id)
    return entry === undefined ? undefined : published[how](entry, catalog)
  },
})

const SHELVES: Readonly<Record<PublishedKind, Shelf>> = {
  datasets: shelf(datasets),
  scenarios: shelf(scenarios),
  items: shelf(items),
  forms: shelf(forms),
  certificates: shelf(certificates),
  bundles: shelf(bundles),
}

export const isPublishedKind = (kind: string): kind is PublishedKind => Object.hasOwn(SHELVES, kind)

export const filterNames = (kind: PublishedKind): readonly string[] => SHELVES[kind].filters

export interface ListQuery {
  /** In search form. */
  q?: string
  filters: Record<string, string>
}

/** Ids of a kind's entries that meet the query, in the catalogue's order. */
export const findPublished = (catalog: Catalog, kind: PublishedKind, query: ListQuery): string[] =>
  SHELVES[kind].find(catalog, query)

/** One entry as the public sees it; `undefined` when there is none. */
export const showPublished = (
  catalog: Catalog,
  kind: PublishedKind,
  id: string,
  how: 'summary' | 'detail',
): View | undefined => SHELVES[kind].show(catalog, id, how)
