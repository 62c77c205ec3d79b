import { resolveField } from '../../gateway/catalog/field-ref.ts'
import type { FormEntry } from '../../gateway/catalog/further-types.ts'
import type { Catalog, DatasetEntry } from '../../gateway/catalog/types.ts'
import { choicesOf, roleOf } from '../../gateway/prefill/wanted.ts'
import type { SeedGrant } from './index.ts'
import { lawOf } from './laws.ts'

interface Granted {
  name: string
  dataset: DatasetEntry
  sensitive: boolean
}

/**
 * One grant per complete form, for its item's first lead department: only what the form names, only to fill it.
 *
 * They have purposes of their own (受理某事项, 受理某一件事), so that the written grants, made for other purposes, decide
 * nothing here and neither the other way round.
 */
export function grantsOfForms(catalog: Catalog): SeedGrant[] {
  const forms = [...catalog.forms.values()]
  return forms.filter(({ state }) => state === 'complete').map((form) => grantOfForm(catalog, form))
}

/** What a caller states when it fills an item's form, alone or within a bundle. */
export const purposeOf = ({ name }: { name: string }): string => `受理${name}`

function grantOfForm(catalog: Catalog, form: FormEntry): SeedGrant {
  const item = catalog.items.get(form.item)!
  const department = item.lead[0]!
  const scenario = item.scenario!
  const granted = fieldsOf(catalog, form)
  const datasets = new Set(granted.map(({ dataset }) => dataset))
  const providers = [...new Set([...datasets].map(({ provider }) => provider))].sort()
  const sensitive = granted.some((field) => field.sensitive)
  const bundles = [...catalog.bundles.values()]
  return {
    id: `grant-${scenario.toLowerCase()}-${department.slice(3)}-form-${item.id.slice(item.id.indexOf('-') + 1)}`,
    status: 'active',
    scenario,
    consumer: { kind: 'member', id: department },
    fields: granted.map(({ name }) => name),
    modes: ['prefill'],
    items: [item.id],
    purposes: [item, ...bundles.filter(({ items }) => items.some((each) => each.item === item.id))].map(purposeOf),
    term: { fromDays: -60, untilDays: 365 },
    ceilings: [
      { measure: 'calls', period: 'hour', limit: 6000 },
      { measure: 'subjects', period: 'day', limit: 20000 },
      { measure: 'mismatches', period: 'day', limit: 10 },
    ],
    conditions: {
      // Forms are filled before there is a case.
      case: 'application-allowed',
      operator: true,
      signed: false,
      subjectIsParty: false,
      divisions: ['371082'],
      networks: [],
      hours: null,
    },
    legalBasis: `《政务数据共享条例》第十九条、第二十条；${lawOf(scenario)}（示例）`,
    ...(sensitive && { specificPurpose: `填写并核对${form.name}中的敏感信息，仅用于受理该事项（示例）` }),
    masks: ownMasks(form, granted),
    approvals: [
      { role: 'consumer-head', by: `${department} 测试负责人`, atDays: -80 },
      ...providers.map((id) => ({ role: 'provider-head' as const, by: `${id} 测试负责人`, atDays: -70 })),
      ...(sensitive ? [{ role: 'second-approver' as const, by: 'rc-dsjzx 测试复核人', atDays: -65 }] : []),
    ],
    datasetVersions: Object.fromEntries([...datasets].map(({ id, version }) => [id, version])),
  }
}

/** Of alternatives the first that may be shared: the others are for those who are not granted it. */
function fieldsOf(catalog: Catalog, form: FormEntry): Granted[] {
  const all = choicesOf(catalog, form, {}).flatMap((alternatives) => {
    const resolved = alternatives.map((names) => names.map((name) => resolve(catalog, name)))
    return resolved.find((each): each is Granted[] => !each.includes(null)) ?? []
  })
  return [...new Map(all.map((each) => [each.name, each])).values()]
}

function resolve(catalog: Catalog, name: string): Granted | null {
  const found = resolveField(catalog, name)
  if (!found.ok || found.field.dataset.shareClass === 'not-shared') return null
  const { dataset, field } = found.field
  const entry = [...dataset.fields, ...dataset.derived].find(({ id }) => id === field)
  return { name, dataset, sensitive: entry?.sensitive ?? true }
}

/** An applicant reads the own form in clear; the gateway masks everyone else's whatever a grant says. */
function ownMasks(form: FormEntry, granted: readonly Granted[]): Record<string, string> {
  const roles = form.roles ?? []
  const own = roles.filter(({ applicant, type }) => applicant && type === 'person').map(({ id }) => id)
  return Object.fromEntries(granted.flatMap(({ name }) => (own.includes(roleOf(name)) ? [[name, 'none']] : [])))
}
