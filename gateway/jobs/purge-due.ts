import type { Operator } from '../operators/types.ts'
import type { Task } from '../ports/task.ts'
import { type PurgeBounds, type PurgeDeps, purgeDue } from '../retention/purge.ts'
import { HELD_KINDS, RECORD_KINDS } from '../retention/table.ts'

/** Who stands in the log for the scheduled run: the job, at the member that runs the gateway. */
export const purgeJobOperator = (member: string): Operator => ({
  id: 'job-purge-due',
  name: '定期清理作业',
  role: 'system-administrator',
  member,
})

/** A night's worth: minutes, well within the hour for which an announcement holds. What is left waits for the next night. */
const NIGHTLY: PurgeBounds = { sides: 200_000, held: 50_000, bundles: 1_000 }

/**
 * Purges what is past its retention period, once a night; announces it in the log first, and stays silent when nothing is
 * due. One at a time over all workers and the command line: whoever comes second finds it `busy` and leaves.
 */
export const purgeDueTask = ({
  member,
  bounds = NIGHTLY,
  ...deps
}: PurgeDeps & { member: string; bounds?: PurgeBounds }): Task => ({
  name: 'purge-due',
  everyMs: 24 * 3_600_000,
  dailyAt: '03:30',
  async run() {
    const done = await purgeDue(deps, purgeJobOperator(member), '留存期限届满，定期清理', bounds)
    if (done === undefined) return { busy: 1 }
    return {
      sides: RECORD_KINDS.reduce((sum, kind) => sum + done.sides[kind], 0),
      held: HELD_KINDS.reduce((sum, kind) => sum + done.held[kind], 0),
      prefills: done.prefills,
      bundles: done.bundles,
    }
  },
})
