import { parseUscc } from '../../identifiers/uscc.ts'
import { fault } from '../fault.ts'
import { mustExist, type Rule } from './context.ts'
import { networksMustParse } from './network.ts'

/** A member's code is well formed, its divisions are known, and its systems act only for members there are. */
export const memberRule: Rule<'members'> = function* (member, context) {
  if (!parseUscc(member.uscc, { strict: true }).ok) {
    yield fault(['uscc'], 'uscc', '统一社会信用代码的校验码不正确', 'the unified social credit code fails its check')
  }
  yield* mustExist(context, 'divisions', member.division, ['division'])
  for (const [i, code] of member.jurisdiction.entries())
    yield* mustExist(context, 'divisions', code, ['jurisdiction', i])

  for (const [i, system] of member.systems.entries()) {
    yield* networksMustParse(system.networks, ['systems', i, 'networks'])
    for (const [j, id] of system.agentFor.entries()) {
      yield* mustExist(context, 'members', id, ['systems', i, 'agentFor', j])
    }
  }
}
