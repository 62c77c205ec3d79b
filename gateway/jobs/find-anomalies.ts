import type { AnomalySearch } from '../audit/findings.ts'
import type { Thresholds } from '../audit/thresholds.ts'
import type { Task } from '../ports/task.ts'
import { chinaDay } from '../requests/subjects.ts'

const DAY_MS = 86_400_000

/**
 * Looks at the last days for what an auditor should see; counts for charts are brought up to date first.
 *
 * Three days, so that a night is seen whole, a case reported late still counts, and a worker that stood still over a
 * weekend misses little. Running twice finds nothing twice.
 */
export const findAnomaliesTask = ({
  search,
  thresholds,
  now,
}: {
  search: AnomalySearch
  thresholds: Thresholds
  now: () => number
}): Task => ({
  name: 'find-anomalies',
  everyMs: 600_000,
  async run() {
    const nowMs = now()
    const counts = { counted: await search.catchUp(), found: 0, grown: 0, forgotten: 0 }
    for (const daysAgo of [2, 1, 0]) {
      const { found, grown } = await search.examine(chinaDay(nowMs - daysAgo * DAY_MS), thresholds, nowMs)
      counts.found += found
      counts.grown += grown
    }
    counts.forgotten = await search.forgetNeighbourhoods(nowMs - thresholds.neighbourhoodDays * DAY_MS)
    return counts
  },
})

/** Keeps search and charts close behind the log, so that nobody waits for what a reader would have to do first. */
export const summariseLogTask = ({ search }: { search: AnomalySearch }): Task => ({
  name: 'summarise-log',
  everyMs: 20_000,
  run: async () => ({ counted: await search.catchUp() }),
})
