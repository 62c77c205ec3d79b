import type { FormEntry } from '../further-types.ts'
import type { Catalog, DatasetEntry, ScenarioEntry, SubjectType } from '../types.ts'
import { codeListType, datasetMember, rowType } from './datasets.ts'
import { formName, formType } from './forms.ts'
import { doc, indented, literal, member, typeName, union } from './words.ts'

/**
 * TypeScript types of what may be asked and answered in these scenarios, for `createTypedClient`.
 *
 * Shape:  one module without imports, in the order of the catalogue; the same catalogue gives the same text. A dataset is
 *         listed where its subjects can be a scenario's; grants decide what is released, not these types.
 * Source: R94 (what is written about an interface is generated from the directory's items).
 */
export function typesOf(catalog: Catalog, scenarios: readonly ScenarioEntry[]): string {
  const parts = scenarios.map((scenario) => ({ scenario, ...contentsOf(scenario, catalog) }))
  const datasets = unique(parts.flatMap((part) => part.datasets))
  const forms = unique(parts.flatMap((part) => part.forms))
  const bodies = [
    ...datasets.map((dataset) => rowType(dataset, catalog)),
    ...forms.map((form) => formType(form, catalog)),
  ]
  const text = bodies.flat().join('\n')
  const codeLists = [...catalog.codeLists.values()].filter(({ id }) =>
    new RegExp(`\\b${typeName(id)}Code\\b`).test(text),
  )
  return `${[
    [
      doc('由 guanyi types 按目录生成，请勿手改。 Generated from the catalogue by `guanyi types`; do not edit.'),
      `export const CATALOG_VERSION = ${literal(catalog.version)}`,
    ],
    [doc('遮盖后的文字，或未遮盖的原值 / the text a mask left'), 'export type Masked = string & Record<never, never>'],
    ...codeLists.map(codeListType),
    ...bodies,
    [
      doc('答复中按数据资源编号 / as answers hold them'),
      'export interface Datasets {',
      ...indented(datasets.map(datasetMember)),
      '}',
    ],
    [
      'export interface Scenarios {',
      ...indented(
        parts.flatMap((part) => [
          doc(part.scenario.name),
          `${literal(part.scenario.id)}: {`,
          ...indented([
            `datasets: Pick<Datasets, ${union(part.datasets.map(({ id }) => id))}>`,
            doc('主体以外的当事人角色，信息项写作 角色:数据资源.信息项'),
            `roles: ${part.forms.length === 0 ? 'string' : union(part.roles)}`,
            'forms: {',
            ...indented(part.forms.map((form) => `${member(form.item)}: ${formName(form)}`)),
            '}',
          ]),
          '}',
        ]),
      ),
      '}',
    ],
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function contentsOf(scenario: ScenarioEntry, catalog: Catalog) {
  const forms = [...catalog.forms.values()].filter(({ item }) => catalog.items.get(item)?.scenario === scenario.id)
  const roles = forms.flatMap((form) => form.roles ?? [])
  const types = new Set<SubjectType>(roles.map(({ type }) => type))
  const shareable = [...catalog.datasets.values()].filter(({ shareClass }) => shareClass !== 'not-shared')
  // Supervision and social life are about anybody; so is a scene none of whose items has a form.
  const fitting = types.size === 0 ? shareable : shareable.filter((dataset) => fits(dataset, types))
  return { forms, datasets: fitting, roles: [...new Set(roles.map(({ id }) => id))].filter((id) => id !== 'subject') }
}

const fits = ({ subjectTypes }: DatasetEntry, types: ReadonlySet<SubjectType>): boolean =>
  subjectTypes.some((type) => types.has(type))

const unique = <Entry extends DatasetEntry | FormEntry>(entries: readonly Entry[]): Entry[] => [...new Set(entries)]
