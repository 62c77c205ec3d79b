import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Grant } from '../../../policies/engine/types.ts'
import { resolveField } from '../../catalog/field-ref.ts'
import type { Catalog } from '../../catalog/types.ts'
import type { Bilingual } from '../../errors/exchange-error.ts'
import { grantSchema } from './grant.schema.ts'

export interface GrantFault extends Bilingual {
  /** JSON pointer into the grant. */
  pointer: string
}

const fault = (pointer: string, zh: string, en: string): GrantFault => ({ pointer, zh, en })

const validate = new Ajv2020({ allErrors: true }).compile(grantSchema)

/** What is wrong with the form of a grant in a file. */
export function formFaults(content: unknown): GrantFault[] {
  if (validate(content)) return []
  return (validate.errors ?? []).map(({ instancePath, message = '', params }) => {
    const extra = 'additionalProperty' in params ? ` (${String(params.additionalProperty)})` : ''
    return fault(instancePath, `${message}${extra}`, `${message}${extra}`)
  })
}

/** Whether the catalogue has what a grant refers to, and may share it. */
export function referenceFaults(grant: Grant, catalog: Catalog): GrantFault[] {
  const faults: GrantFault[] = []
  if (!catalog.scenarios.has(grant.scenario))
    faults.push(fault('/scenario', `没有场景 ${grant.scenario}`, `no scenario ${grant.scenario}`))
  const { kind, id } = grant.consumer
  if (!(kind === 'member' ? catalog.members : catalog.systems).has(id))
    faults.push(fault('/consumer/id', `没有登记的部门或系统 ${id}`, `no registered ${kind} ${id}`))
  if (grant.items !== 'all') {
    grant.items.forEach((item, place) => {
      if (!catalog.items.has(item)) faults.push(fault(`/items/${place}`, `没有事项 ${item}`, `no item ${item}`))
    })
  }
  grant.fields.forEach((name, place) => {
    const found = resolveField(catalog, name)
    if (!found.ok) faults.push(fault(`/fields/${place}`, `没有信息项 ${name}`, `no field ${name}`))
    else if (found.field.dataset.shareClass === 'not-shared')
      faults.push(fault(`/fields/${place}`, `${name} 属不予共享，不得授权`, `${name} is of the not-shared class`))
  })
  for (const name of Object.keys(grant.masks)) {
    if (!grant.fields.includes(name))
      faults.push(fault('/masks', `${name} 不在授权的信息项中`, `${name} is not among the granted fields`))
  }
  if (Date.parse(grant.term.from) >= Date.parse(grant.term.until))
    faults.push(fault('/term', '期限的起点不早于终点', 'the term ends before it begins'))
  return faults
}

/** What a grant lacks to be put into force: approvals, legal basis, a term that has not ended. The engine demands the same of every decision. */
export function activationFaults(grant: Grant, catalog: Catalog, nowMs: number): GrantFault[] {
  const faults = referenceFaults(grant, catalog)
  const fields = grant.fields.flatMap((name) => {
    const found = resolveField(catalog, name)
    if (!found.ok) return []
    const { dataset, field } = found.field
    const entry = [...dataset.fields, ...dataset.derived].find(({ id }) => id === field)
    return entry === undefined ? [] : [{ dataset, entry }]
  })
  const approved = (role: Grant['approvals'][number]['role']): boolean =>
    grant.approvals.some((approval) => approval.role === role)
  const sensitive = fields.some(({ entry }) => entry.sensitive)
  if (Date.parse(grant.term.until) <= nowMs) faults.push(fault('/term/until', '期限已过', 'the term has ended'))
  if (grant.legalBasis === '' && fields.some(({ entry }) => entry.personal))
    faults.push(fault('/legalBasis', '含个人信息，须写明依据', 'personal information needs a legal basis'))
  if (!approved('consumer-head'))
    faults.push(fault('/approvals', '缺少需求部门负责人批准', 'the consumer’s head has not approved'))
  if (!approved('provider-head') && fields.some(({ dataset }) => dataset.shareClass === 'conditional'))
    faults.push(
      fault(
        '/approvals',
        '有条件共享，缺少提供部门负责人批准',
        'conditional sharing: the provider’s head has not approved',
      ),
    )
  if (sensitive && !grant.specificPurpose)
    faults.push(fault('/specificPurpose', '含敏感信息，须写明特定目的', 'sensitive fields need a specific purpose'))
  if (sensitive && !approved('second-approver'))
    faults.push(fault('/approvals', '含敏感信息，缺少第二审批人', 'sensitive fields need a second approver'))
  return faults
}

export const faultLine = (place: string, { pointer, zh, en }: GrantFault): string =>
  `${place}${pointer}: ${zh === en ? zh : `${zh} / ${en}`}`
