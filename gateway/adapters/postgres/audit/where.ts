import { type RawBuilder, sql } from 'kysely'
import type { DigestedCriteria, PlainCriterion } from '../../../audit/criteria.ts'

type Condition = RawBuilder<boolean>

const equals =
  (column: string) =>
  (value: string): Condition =>
    sql<boolean>`r.${sql.ref(column)} = ${value}`

/** The exact meaning of each criterion, over `records as r`. */
const CONDITIONS: Record<PlainCriterion, (value: string) => Condition> = {
  member: equals('member'),
  system: equals('system'),
  onBehalfOf: equals('on_behalf_of'),
  scenario: equals('scenario'),
  item: equals('item'),
  case: equals('case_no'),
  application: equals('application'),
  outcome: equals('outcome'),
  code: equals('code'),
  mode: equals('mode'),
  dataset: (value) => sql<boolean>`${value} = any (r.datasets)`,
  // Without a role it is found whoever's field it was (`guardian:real-estate.unitNo`).
  field: (value) =>
    value.includes(':')
      ? sql<boolean>`${value} = any (r.fields)`
      : sql<boolean>`exists (select from unnest(r.fields) f where f = ${value} or plain_field(f) = ${value})`,
  grant: (value) => sql<boolean>`${value} = any (r.grants)`,
}

/** Every plain criterion and the span of time, as conditions on `records as r`. */
export function conditionsOf({ plain, fromMs, toMs }: DigestedCriteria): Condition {
  const conditions = Object.entries(plain).map(([name, value]) => CONDITIONS[name as PlainCriterion](value))
  if (fromMs !== null) conditions.push(sql<boolean>`r.recorded_at >= ${new Date(fromMs)}`)
  if (toMs !== null) conditions.push(sql<boolean>`r.recorded_at < ${new Date(toMs)}`)
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(conditions, sql` and `)}`
}

/** Terms of `record_ranges` (020-audit-search); case and application numbers have indexes of their own. */
export function termsOf({ plain }: DigestedCriteria): string[] {
  return Object.entries(plain)
    .filter(([name]) => name !== 'case' && name !== 'application')
    .map(([name, value]) => `${name}:${value}`)
}

/** True when an index leads to the rows directly, and ranges are not needed. */
export const leadsDirectly = ({ plain, subjectDigest, operatorDigest }: DigestedCriteria): boolean =>
  subjectDigest !== null || operatorDigest !== null || plain.case !== undefined || plain.application !== undefined
