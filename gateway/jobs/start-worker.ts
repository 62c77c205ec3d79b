import { startSchedule } from '../adapters/bullmq/schedule.ts'
import { createPostgresGrantStore } from '../adapters/postgres/grant-store.ts'
import { createPostgresLogUpkeep } from '../adapters/postgres/log-upkeep.ts'
import { clearRequestIdsTask } from './clear-request-ids.ts'
import { expireGrantsTask } from './expire-grants.ts'
import { makePartitionsTask } from './make-partitions.ts'

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
  /** How often lost schedules are put in place again. */
  renewMs?: number
}

/** `guanyi work`: keeps partitions ahead, expires grants, clears old request ids. Any number may run. */
export async function startWorker(options: WorkerOptions): Promise<{ close(): Promise<void> }> {
  const { redisUrl, ownerUrl, now = Date.now, log = () => {}, queueName = 'guanyi-maintenance', everyMs = {} } = options
  const upkeep = createPostgresLogUpkeep({ url: ownerUrl })
  const grants = createPostgresGrantStore({ url: ownerUrl, listen: false, pollMs: 60_000 })
  const release = () => Promise.all([upkeep.close(), grants.close()])
  const tasks = [
    makePartitionsTask({ upkeep, now }),
    expireGrantsTask({ grants, now }),
    clearRequestIdsTask({ upkeep, now }),
  ].map((task) => ({ ...task, everyMs: everyMs[task.name] ?? task.everyMs }))
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
