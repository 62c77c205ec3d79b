import { Queue, UnrecoverableError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { TurnRunner } from '../batches/run-turn.ts'

export const BATCH_QUEUE = 'guanyi-batches'

/** What a job carries: which batch gave rise to it, and a version; nothing of any subject. */
interface TurnJob {
  version: 1
  batch: string
}

export interface BatchQueueOptions {
  connection: Redis
  runner: TurnRunner
  hasWork: () => Promise<boolean>
  /** Turns this process runs at once. */
  turnsAtOnce?: number
  log: (line: string) => void
}

export interface BatchQueue {
  wake(batch: string): Promise<void>
  /** Puts turns in place that were lost with a worker or with Redis's memory. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/**
 * Turns through BullMQ. A job is a turn to be had, by whoever is due; one that ran makes the next, so that turns of all
 * gateways go round. What is to be done stands in the database alone: jobs may get lost or double without harm.
 */
export function startBatchQueue({ connection, runner, hasWork, turnsAtOnce = 2, log }: BatchQueueOptions): BatchQueue {
  const queue = new Queue<TurnJob>(BATCH_QUEUE, { connection })
  queue.on('error', () => {}) // said by the connection
  const add = async (batch: string): Promise<void> => {
    await queue.add('turn', { version: 1, batch }, { removeOnComplete: true, removeOnFail: { count: 100 } })
  }
  const worker = new Worker<TurnJob>(
    BATCH_QUEUE,
    async ({ data }) => {
      if (data.version !== 1) throw new UnrecoverableError('a job of another release')
      if (await runner.takeTurn()) await add(data.batch)
    },
    { connection, concurrency: turnsAtOnce },
  )
  worker.on('error', () => {}) // said by the connection
  worker.on('failed', (_job, fault) => log(`批次轮次中断，稍后接续 batch turn broke off: ${fault.message}`))

  return {
    async wake(batch) {
      for (let turn = 0; turn < turnsAtOnce; turn++) await add(batch)
    },
    async sweep() {
      if (!(await hasWork())) return
      const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active')
      // An active job may be one of a worker that died: BullMQ finds that out in half a minute, a lease sooner.
      if (waiting + active < 2 * turnsAtOnce) await add('sweep')
    },
    async close() {
      await worker.close()
      await queue.close()
    },
  }
}
