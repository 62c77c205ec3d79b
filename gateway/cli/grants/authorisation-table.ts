import type { Grant } from '../../../policies/engine/types.ts'
import type { Catalog } from '../../catalog/types.ts'
import { chinaTerm } from '../layout/china-time.ts'
import { conditionWords } from './condition-words.ts'
import { namesIn, STATUS_NAMES } from './names.ts'
import { ceilingWords, MODE_NAMES } from './words.ts'

/** Headings of the authorisation table (场景×系统×事项×数据项×期限), each with its member in JSON. */
const COLUMNS = {
  grant: '授权编号',
  status: '状态',
  scenario: '场景编码',
  scenarioName: '应用场景',
  consumer: '需求方编码',
  consumerName: '需求部门（系统）',
  item: '事项编码',
  itemName: '事项名称',
  dataset: '数据资源',
  field: '信息项编码',
  fieldName: '信息项',
  mask: '脱敏',
  modes: '方式',
  purposes: '用途',
  from: '起（含）',
  until: '止（含）',
  conditions: '条件',
  ceilings: '用量上限',
  legalBasis: '依据',
} as const
export type AuthorisationRow = Record<keyof typeof COLUMNS, string>

/** One row per grant, item and field, in the order of ids. */
export function authorisationTable(grants: readonly Grant[], catalog: Catalog | undefined): AuthorisationRow[] {
  const names = namesIn(catalog)
  return grants.flatMap((grant) => {
    const items =
      grant.items === 'all'
        ? [{ id: '*', name: '本场景全部事项' }]
        : grant.items.map((id) => ({ id, name: names.item(id) }))
    const common = {
      grant: grant.id,
      status: STATUS_NAMES[grant.status].zh,
      scenario: grant.scenario,
      scenarioName: names.scenario(grant.scenario),
      consumer: grant.consumer.id,
      consumerName: names.consumer(grant.consumer),
      modes: grant.modes.map((mode) => MODE_NAMES[mode].zh).join('、'),
      purposes: grant.purposes.join('；'),
      ...chinaTerm(grant.term),
      conditions: conditionWords(grant.conditions)
        .map(({ zh }) => zh)
        .join('；'),
      ceilings: grant.ceilings.map((ceiling) => ceilingWords(ceiling).zh).join('；'),
      legalBasis: grant.legalBasis,
    }
    return items.flatMap((item) =>
      grant.fields.map((field) => ({
        ...common,
        item: item.id,
        itemName: item.name,
        dataset: names.dataset(field),
        field,
        fieldName: names.field(field),
        mask: grant.masks[field] ?? '',
      })),
    )
  })
}

export const tableCells = (rows: readonly AuthorisationRow[]): string[][] => {
  const members = Object.keys(COLUMNS) as (keyof AuthorisationRow)[]
  return [Object.values(COLUMNS), ...rows.map((row) => members.map((member) => row[member]))]
}
