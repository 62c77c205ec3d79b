import { startSchedule } from '../adapters/bullmq/schedule.ts'
import { createPostgresAnomalySearch } from '../adapters/postgres/audit/examine.ts'
import { createPostgresGrantStore } from '../adapters/postgres/grants/store.ts'
import { createPostgresLogUpkeep } from '../adapters/postgres/log/upkeep.ts'
import { loadThresholds } from '../audit/thresholds.ts'
import { clearRequestIdsTask } from './clear-request-ids.ts'
import { expireGrantsTask } from './expire-grants.ts'
import { findAnomaliesTask, summariseLogTask } from './find-anomalies.ts'
import { makePartitionsTask } from './make-partitions.ts'
import { purgeDueTask } from './purge-due.ts'

export interface WorkerOptions {
  redisUrl: string
  /** Logs in as the owner of the tables: making partitions and clearing ids is not the service's right. */
  ownerUrl: string
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?: () => number
  log?: (line: string) => void
  /** Default `guanyi-maintenance`. */
  queueName?: string
  /** Overrides the tasks' own intervals, by name. */
  everyMs?: Readonly<Record<string, number>>
  /** From which numbers on something is a finding; `null` for the defaults. */
  thresholdsFile?: string | null
  /** What the nightly purge takes; without it nothing is purged. The caller closes it after the worker. */
  retention?: Parameters<typeof purgeDueTask>[0] | null
  /** How often lost schedules are put in place again. */
  renewMs?: number
}

/**
 * `guanyi work`: keeps partitions ahead, expires grants, clears old request ids, counts and examines the log, purges what is
 * past its period. Any number may run.
 */
export async function startWorker(options: WorkerOptions): Promise<{ close(): Promise<void> }> {
  const { redisUrl, ownerUrl, now = Date.now, log = () => {}, queueName = 'guanyi-maintenance', everyMs = {} } = options
  const thresholds = await loadThresholds(options.thresholdsFile ?? null)
  const upkeep = createPostgresLogUpkeep({ url: ownerUrl })
  const grants = createPostgresGrantStore({ url: ownerUrl, listen: false, pollMs: 60_000 })
  const anomalies = createPostgresAnomalySearch({ url: ownerUrl })
  const release = () => Promise.all([upkeep.close(), grants.close(), anomalies.close()])
  const tasks = [
    makePartitionsTask({ upkeep, now }),
    expireGrantsTask({ grants, now }),
    clearRequestIdsTask({ upkeep, now }),
    summariseLogTask({ search: anomalies }),
    findAnomaliesTask({ search: anomalies, thresholds, now }),
    ...(options.retention ? [purgeDueTask(options.retention)] : []),
  ].map((task) => {
    const every = everyMs[task.name]
    if (every === undefined) return task
    const { dailyAt: _insteadOf, ...rest } = task
    return { ...rest, everyMs: every }
  })
  try {
    const { renewMs = 60_000 } = options
    const schedule = await startSchedule({ redisUrl, queueName, tasks, log, renewMs })
    return {
      async close() {
        await schedule.close()
        await release()
      },
    }
  } catch (thrown) {
    await release()
    throw thrown
  }
}
