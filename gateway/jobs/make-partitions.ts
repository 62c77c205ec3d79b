import type { LogUpkeep } from '../ports/log-upkeep.ts'
import type { Task } from '../ports/task.ts'

/** Months made ahead: a quarter of notice before a worker that has stopped is felt in the default partition. */
const MONTHS_AHEAD = 3

/** Keeps the log's partitions three months ahead. */
export const makePartitionsTask = ({ upkeep, now }: { upkeep: LogUpkeep; now: () => number }): Task => ({
  name: 'make-partitions',
  everyMs: 6 * 3_600_000,
  async run() {
    const { made, keptInDefault } = await upkeep.makePartitions(now(), MONTHS_AHEAD)
    return { made: made.length, keptInDefault: keptInDefault.length }
  },
})
