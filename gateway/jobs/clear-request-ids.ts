import type { LogUpkeep } from '../ports/log-upkeep.ts'
import type { Task } from '../ports/task.ts'

/** Clears request ids whose requests have been too old to repeat for a day and more. */
export const clearRequestIdsTask = ({ upkeep, now }: { upkeep: LogUpkeep; now: () => number }): Task => ({
  name: 'clear-request-ids',
  everyMs: 3_600_000,
  run: async () => ({ cleared: await upkeep.clearRequestIds(now()) }),
})
