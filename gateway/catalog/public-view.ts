import type { Bilingual } from '../errors/exchange-error.ts'
import type { Catalog, DatasetEntry, DerivedField, FieldEntry, ItemEntry, MemberEntry } from './types.ts'

/** What anyone who may read the directory sees of it. Built member by member: what is not named here is not published. */

const SHARE_CLASSES: Record<DatasetEntry['shareClass'], Bilingual> = {
  unconditional: { zh: '无条件共享', en: 'shared unconditionally' },
  conditional: { zh: '有条件共享', en: 'shared under conditions' },
  'not-shared': { zh: '不予共享', en: 'not shared' },
}

/** Lines of a list of datasets. */
export const datasetSummary = (dataset: DatasetEntry, catalog: Catalog) => ({
  id: dataset.id,
  code: dataset.code,
  version: dataset.version,
  name: dataset.name,
  abstract: dataset.abstract,
  owner: named(catalog, dataset.provider),
  shareClass: dataset.shareClass,
  shareClassName: SHARE_CLASSES[dataset.shareClass],
  ...(dataset.notShared && { notShared: dataset.notShared }),
  subjectTypes: dataset.subjectTypes,
  cardinality: dataset.cardinality,
  fieldNames: Object.fromEntries([...dataset.fields, ...dataset.derived].map(({ id, name }) => [id, name])),
})

/** One dataset in full: what it holds, who owns it, what it needs, how to apply. Connector and approvals stay inside. */
export const datasetDetail = (dataset: DatasetEntry, catalog: Catalog) => ({
  ...datasetSummary(dataset, catalog),
  owner: owner(catalog.members.get(dataset.provider)),
  format: dataset.format,
  updateFrequency: dataset.updateFrequency,
  shareForms: dataset.shareForms,
  useConditions: dataset.useConditions,
  classification: dataset.classification,
  grade: dataset.grade,
  responsibilityLevel: dataset.responsibilityLevel,
  legalBasis: dataset.legalBasis,
  idTypes: dataset.idTypes,
  signedRequestRequired: dataset.signedRequestRequired,
  fields: dataset.fields.map(publicField),
  derived: dataset.derived.map(publicDerived),
  requestMembers: dataset.requestMembers ?? [],
  inputs: dataset.inputs.map(({ name, label, from, required }) => ({
    name,
    label,
    from,
    // as the request writes it, so that a caller need not know the rule
    ...(from === 'key' && { key: `${dataset.id}.${name}` }),
    required,
  })),
  coverage: dataset.coverage,
  freshness: dataset.freshness,
  apply: howToApply(dataset, catalog),
  ...(dataset.basis && { basis: dataset.basis }),
})

const publicField = ({
  id,
  name,
  type,
  maxLength,
  codeList,
  personal,
  sensitive,
  grade,
  mask,
  nullable,
  identifier,
  element,
  copyOf,
}: FieldEntry) => ({
  id,
  name,
  type,
  ...(maxLength !== undefined && { maxLength }),
  ...(codeList !== undefined && { codeList }),
  personal,
  sensitive,
  grade,
  mask,
  nullable: nullable === true,
  ...(identifier !== undefined && { identifier }),
  ...(element !== undefined && { element }),
  ...(copyOf !== undefined && { copyOf }),
})

const publicDerived = ({ id, name, type, personal, sensitive, grade, mask, from, rule }: DerivedField) => ({
  id,
  name,
  type,
  personal,
  sensitive,
  grade,
  mask,
  from,
  rule,
})

export const itemView = (item: ItemEntry, catalog: Catalog) => ({
  ...item,
  scenarioName: item.scenario === undefined ? null : (catalog.scenarios.get(item.scenario)?.name ?? null),
  lead: item.lead.map((id) => named(catalog, id)),
  collaborating: item.collaborating.map((id) => named(catalog, id)),
})

export const named = (catalog: Catalog, id: string) => ({ id, name: catalog.members.get(id)?.name ?? null })

const owner = (member: MemberEntry | undefined) =>
  member === undefined
    ? null
    : { id: member.id, name: member.name, division: member.division, level: member.level, contact: member.contact }

/** How a department comes to a grant (政务数据共享条例 art. 20–22), and with whom. */
function howToApply(dataset: DatasetEntry, catalog: Catalog) {
  const authority = authorityFor(catalog.members.get(dataset.provider), catalog)
  const to = authority === undefined ? null : { id: authority.id, name: authority.name, contact: authority.contact }
  if (dataset.shareClass === 'not-shared') {
    return {
      possible: false,
      to,
      replyWorkingDays: null,
      zh: `不予共享，不受理申请。理由：${dataset.notShared?.reason ?? ''}；依据：${dataset.notShared?.legalBasis ?? ''}`,
      en: 'Not shared; applications are not accepted. See `notShared` for reason and legal basis.',
    }
  }
  const replyWorkingDays = dataset.shareClass === 'unconditional' ? 1 : 10
  return {
    possible: true,
    to,
    replyWorkingDays,
    zh: `经本部门政务数据共享工作机构负责人同意，向${authority?.name ?? '政务数据共享主管部门'}提出申请，写明使用依据、使用场景、使用范围、共享方式、使用时限；提供部门在 ${replyWorkingDays} 个工作日内答复，同意后 20 个工作日内提供`,
    en: `With your share office head’s approval, apply to the authority, stating legal basis, scenario, scope, form and term; the provider replies within ${replyWorkingDays} working day(s) and provides within 20 after consent`,
  }
}

/** The authority nearest to the provider: of its own division, else one that answers for that division. */
function authorityFor(provider: MemberEntry | undefined, catalog: Catalog): MemberEntry | undefined {
  if (provider === undefined) return undefined
  const authorities = [...catalog.members.values()].filter(({ roles }) => roles.includes('authority'))
  return (
    authorities.find(({ division }) => division === provider.division) ??
    authorities.find(({ jurisdiction }) => jurisdiction.includes(provider.division))
  )
}
