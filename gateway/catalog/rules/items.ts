import { type EntryFault, fault } from '../fault.ts'
import type { ItemEntry } from '../types.ts'
import { mustExist, type Rule, type RuleContext, repeated } from './context.ts'

/** An item's scenario, departments and result certificate exist, and its departments bear the names the list prints. */
export const itemRule: Rule<'items'> = function* (item, context) {
  if (item.scenario !== undefined) yield* mustExist(context, 'scenarios', item.scenario, ['scenario'])
  yield* departments(item, 'lead', context)
  yield* departments(item, 'collaborating', context)
  if (typeof item.resultCertificate === 'string') {
    yield* mustExist(context, 'certificates', item.resultCertificate, ['resultCertificate'])
  }
  for (const [i, id] of (item.certificates?.types ?? []).entries()) {
    yield* mustExist(context, 'certificates', id, ['certificates', 'types', i])
  }
  for (const [i, id] of (item.sameAs ?? []).entries()) yield* mustExist(context, 'items', id, ['sameAs', i])
}

function* departments(item: ItemEntry, role: 'lead' | 'collaborating', context: RuleContext): Iterable<EntryFault> {
  for (const [i, id] of item[role].entries()) {
    yield* mustExist(context, 'members', id, [role, i])
    const member = context.get('members', id)
    const printed = item.printed[role][i]
    if (member !== undefined && printed !== undefined && ![member.name, ...member.aliases].includes(printed)) {
      yield fault(
        [role, i],
        'printed-name',
        `清单印制为“${printed}”，与成员 ${id} 的名称不符`,
        `the list prints “${printed}”, which is no name of member \`${id}\``,
      )
    }
  }
}

const AUDIENCE: Record<string, string> = { P: 'person', E: 'organisation' }

/** `P…` scenarios are a person's, `E…` an organisation's; the number before the point is the stage's. */
export const scenarioRule: Rule<'scenarios'> = function* (scenario) {
  const audience = AUDIENCE[scenario.id[0]!]
  if (audience !== undefined && scenario.audience !== audience) {
    yield fault(
      ['audience'],
      'scenario',
      `${scenario.id} 的对象应为 ${audience}`,
      `the audience of \`${scenario.id}\` is ${audience}`,
    )
  }
  if (Number.parseInt(scenario.id.slice(1), 10) !== scenario.stage.no) {
    yield fault(['stage', 'no'], 'scenario', '阶段序号与编号不符', 'the stage number differs from the id')
  }
}

export const certificateRule: Rule<'certificates'> = function* (certificate, context) {
  for (const [i, id] of certificate.issuerMembers.entries())
    yield* mustExist(context, 'members', id, ['issuerMembers', i])
  if (certificate.dataset !== undefined) yield* mustExist(context, 'datasets', certificate.dataset, ['dataset'])
  yield* repeated(
    certificate.faceFields.map(({ id }) => id),
    (i) => ['faceFields', i, 'id'],
  )
}

export const taskRule: Rule<'tasks'> = function* (task, context) {
  for (const [i, id] of task.lead.entries()) yield* mustExist(context, 'members', id, ['lead', i])
}
