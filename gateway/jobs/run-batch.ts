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

/** Turns offered together: as many as one process runs at once. */
const TURNS_AT_ONCE = 2

/** Tells whoever runs lines that there are some. */
export interface BatchBell {
  ring(batch: string): Promise<void>
  close(): Promise<void>
}

export function openBatchBell(connection: Redis): BatchBell {
  const queue = openQueue(connection)
  return {
    async ring(batch) {
      for (let turn = 0; turn < TURNS_AT_ONCE; turn++) await offer(queue, batch)
    },
    async close() {
      // With Redis away there is nobody to say goodbye to.
      if (connection.status === 'ready') await queue.close()
      connection.disconnect()
    },
  }
}

export interface BatchQueue {
  /** Puts turns in place that were lost with a worker or with Redis's memory. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/**
 * Turns through BullMQ. A job is a turn to be had, by whoever is due; one that ran makes the next, so that turns of all
 * gateways go round. What is to be done stands in the database alone: jobs may get lost or double without harm.
 */
export function startBatchQueue(options: BatchQueueOptions): BatchQueue {
  const { connection, runner, hasWork, turnsAtOnce = TURNS_AT_ONCE, log } = options
  const queue = openQueue(connection)
  const worker = new Worker<TurnJob>(
    BATCH_QUEUE,
    async ({ data }) => {
      if (data.version !== 1) throw new UnrecoverableError('a job of another release')
      if (await runner.takeTurn()) await offer(queue, data.batch)
    },
    { connection, concurrency: turnsAtOnce },
  )
  worker.on('error', () => {}) // said by the connection
  worker.on('failed', (_job, fault) => log(`批次轮次中断，稍后接续 batch turn broke off: ${fault.message}`))

  return {
    async sweep() {
      if (!(await hasWork())) return
      const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active')
      // An active job may be one of a worker that died: BullMQ finds that out in half a minute, a lease sooner.
      if (waiting + active < 2 * turnsAtOnce) await offer(queue, 'sweep')
    },
    async close() {
      await worker.close()
      await queue.close()
    },
  }
}

function openQueue(connection: Redis): Queue<TurnJob> {
  const queue = new Queue<TurnJob>(BATCH_QUEUE, { connection })
  queue.on('error', () => {}) // said by the connection
  return queue
}

async function offer(queue: Queue<TurnJob>, batch: string): Promise<void> {
  await queue.add('turn', { version: 1, batch }, { removeOnComplete: true, removeOnFail: { count: 100 } })
}
