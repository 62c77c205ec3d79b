import type { Catalog } from '../catalog/types.ts'

/** Kinds of the directory with what people call them, as the command line lists them. */
export const KIND_NAMES = {
  members: { zh: '部门', en: 'members' },
  systems: { zh: '系统', en: 'systems' },
  datasets: { zh: '数据资源', en: 'datasets' },
  scenarios: { zh: '应用场景', en: 'scenarios' },
  items: { zh: '事项', en: 'items' },
  forms: { zh: '表单', en: 'forms' },
  fieldSets: { zh: '公共字段集', en: 'field sets' },
  certificates: { zh: '电子证照', en: 'certificates' },
  bundles: { zh: '一件事', en: 'bundles' },
  tasks: { zh: '工作任务', en: 'tasks' },
  codeLists: { zh: '代码表', en: 'code lists' },
  divisions: { zh: '行政区划', en: 'divisions' },
  calendars: { zh: '工作日历', en: 'calendars' },
} as const satisfies Partial<Record<keyof Catalog, { zh: string; en: string }>>
export type CatalogKind = keyof typeof KIND_NAMES

export const countsOf = (catalog: Catalog): Record<CatalogKind, number> =>
  Object.fromEntries(Object.keys(KIND_NAMES).map((kind) => [kind, catalog[kind as CatalogKind].size])) as Record<
    CatalogKind,
    number
  >

/** `code-lists` as in the folder's name is as good as `codeLists`. */
export const kindNamed = (word: string): CatalogKind | undefined =>
  (Object.keys(KIND_NAMES) as CatalogKind[]).find(
    (kind) =>
      kind === word ||
      (kind === 'codeLists' && word === 'code-lists') ||
      (kind === 'fieldSets' && word === 'field-sets'),
  )
