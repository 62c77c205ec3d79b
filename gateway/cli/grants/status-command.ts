import type { Grant } from '../../../policies/engine/types.ts'
import { requireCatalog } from '../catalogue.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT } from '../exit.ts'
import { activationFaults, faultLine } from './grant-faults.ts'
import { STATUS_NAMES } from './names.ts'
import { noGrant, withGrants } from './store.ts'

interface Move {
  name: string
  to: Grant['status']
  /** From which statuses it makes sense; asking for the present one again is done already. */
  from: readonly Grant['status'][]
}

/** `grant activate | suspend | revoke`: who did it and why goes into the history, so both must be said. */
export const statusCommand = ({ name, to, from }: Move, words: Pick<Command, 'zh' | 'en' | 'notes'>): Command => ({
  name,
  ...words,
  positionals: ['<授权 id>'],
  options: {
    reason: { value: '理由 text', required: true, zh: '理由，记入变更历史', en: 'why; kept in the history' },
    by: { value: '人员 who', required: true, zh: '经手人，记入变更历史', en: 'who; kept in the history' },
  },
  examples: [`guanyi ${name} g-p21-enrolment --reason '年度复核' --by audit-01`],
  async run(input, { io }) {
    const id = input.positionals[0]!
    const before = await withGrants(io, (store) => store.get(id))
    if (before === undefined) throw noGrant(id)
    if (before.status !== to && !from.includes(before.status)) {
      throw new CliError(EXIT.refused, {
        zh: `授权 ${id} 的状态是“${STATUS_NAMES[before.status].zh}”，不能改为“${STATUS_NAMES[to].zh}”`,
        en: `grant ${id} is ${before.status} and cannot become ${to}`,
      })
    }
    // Taking a grant out of force must work whatever state the catalogue is in; only putting one in force looks at it.
    if (to === 'active') {
      const faults = activationFaults(before, await requireCatalog(io), io.now())
      if (faults.length > 0) {
        throw new CliError(
          EXIT.refused,
          { zh: `授权 ${id} 还不能生效`, en: `grant ${id} cannot be put into force yet` },
          faults.map((fault) => faultLine(id, fault)),
        )
      }
    }
    const after = await withGrants(io, (store) => store.setStatus(id, to, input.text('by')!, input.text('reason')!))
    return {
      json: { id, from: before.status, to: after.status, by: input.text('by'), reason: input.text('reason') },
      text: ({ say, green }) =>
        green(
          say({
            zh: `✓ ${id}：${STATUS_NAMES[before.status].zh} → ${STATUS_NAMES[after.status].zh}，一秒内在各网关生效`,
            en: `✓ ${id}: ${before.status} → ${after.status}, in force on every gateway within a second`,
          }),
        ),
    }
  },
})
