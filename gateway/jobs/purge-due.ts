import type { Operator } from '../operators/types.ts'
import type { Task } from '../ports/task.ts'
import { type PurgeDeps, purgeDue } from '../retention/purge.ts'

/** Who stands in the log for the scheduled run: the job, at the member that runs the gateway. */
export const purgeJobOperator = (member: string): Operator => ({
  id: 'job-purge-due',
  name: '定期清理作业',
  role: 'system-administrator',
  member,
})

/** Purges what is past its retention period, once a day; announces it in the log first, and stays silent when nothing is due. */
export const purgeDueTask = ({ member, ...deps }: PurgeDeps & { member: string }): Task => ({
  name: 'purge-due',
  everyMs: 24 * 3_600_000,
  async run() {
    const { sides, bundles } = await purgeDue(deps, purgeJobOperator(member), '留存期限届满，定期清理')
    return { sides: sides.release + sides.refusal + sides.administration, bundles }
  },
})
