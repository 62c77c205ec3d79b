import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DecisionQuery, FieldFacts, Grant } from '../../policies/engine/types.ts'

export const CASES_DIR = join(import.meta.dirname, '../../policies/cases')

export interface CaseRequest {
  at: string
  system: string
  member: string
  scenario?: string
  item: string | null
  mode: DecisionQuery['mode']
  purpose: string
  fields: string[]
  case: boolean
  application: boolean
  operator: boolean
  signed: boolean
  subjectIsParty: boolean
  subjectType: string
  division: string | null
  address: string | null
}

export type Expectation =
  | { effect: 'permit'; fields: Record<string, string>; policies: string[]; until?: string }
  | {
      effect: 'forbid'
      code: string
      uncovered: string[]
      failed: Record<string, string | string[]>
      policies: string[]
      forbiddenFields?: string[]
      alarm: boolean
      until?: string
    }

export interface PolicyCase {
  title: string
  note: string
  grants?: string[]
  change?: Record<string, object>
  extra?: { copy: string; id: string; set: object }[]
  fields?: Record<string, object>
  policySet?: string
  request?: Partial<CaseRequest>
  expect: Expectation
}

export interface CaseFile {
  scenario: string
  title: string
  grants: string[]
  request: CaseRequest
  cases: PolicyCase[]
}

const read = (path: string): unknown => JSON.parse(readFileSync(join(CASES_DIR, path), 'utf8'))
const jsonFiles = (under: string) => readdirSync(join(CASES_DIR, under)).filter((name) => name.endsWith('.json'))
const NO_CASES = ['case.schema.json', 'fields.json']

export const caseSchema = read('case.schema.json') as object
export const caseFiles = jsonFiles('.')
  .filter((name) => !NO_CASES.includes(name))
  .map((name) => ({ name, content: read(name) as CaseFile }))
export const sharedGrants = jsonFiles('grants').flatMap((name) => read(join('grants', name)) as Grant[])
export const sharedFields = read('fields.json') as Record<
  string,
  { name: string } & Omit<FieldFacts, 'field' | 'dataset'>
>
export const policySetText = (name: string) => readFileSync(join(CASES_DIR, 'policy-sets', `${name}.cedar`), 'utf8')

/** The grants a case is decided over: shared ones by id, changed and added to as the case says. */
export function grantsOf(file: CaseFile, one: PolicyCase): Grant[] {
  const find = (id: string): Grant => {
    const found = sharedGrants.find((grant) => grant.id === id)
    if (found === undefined) throw new Error(`no grant \`${id}\` in grants/`)
    return found
  }
  const ids = one.grants ?? file.grants
  for (const id of Object.keys(one.change ?? {}))
    if (!ids.includes(id)) throw new Error(`\`${id}\` is changed but not used`)
  const used = ids.map((id) => mergePatch(find(id), one.change?.[id] ?? {}) as Grant)
  const added = (one.extra ?? []).map(({ copy, id, set }) => mergePatch(find(copy), { ...set, id }) as Grant)
  return [...used, ...added]
}

export function queryOf(file: CaseFile, one: PolicyCase): DecisionQuery {
  const { at, case: hasCase, application, operator, scenario, ...rest } = { ...file.request, ...one.request }
  return {
    ...rest,
    scenario: scenario ?? file.scenario,
    hasCase,
    hasApplication: application,
    hasOperator: operator,
    nowMs: Date.parse(at),
  }
}

export function factsOf(one: PolicyCase, fields: readonly string[]): FieldFacts[] {
  return fields
    .filter((field) => field in sharedFields)
    .map((field) => {
      const { name: _, ...known } = mergePatch(sharedFields[field]!, one.fields?.[field] ?? {}) as FieldFacts & {
        name: string
      }
      return { ...known, field, dataset: field.replace(/^[^:]*:/, '').split('.')[0]! }
    })
}

/** RFC 7396: objects merge, `null` removes, everything else replaces. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
