import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Task } from '../../ports/task.ts'
import { onceAway } from '../redis/connection.ts'

export interface ScheduleOptions {
  redisUrl: string
  /** No `:` in it: BullMQ builds its keys with that. */
  queueName: string
  tasks: readonly Task[]
  /** Told of every run and every fault; numbers and names of tasks only. */
  log: (line: string) => void
  /** How often schedules are put in place again, in case Redis was emptied. Default 60,000. */
  renewMs?: number
  /** How long Redis may take to answer at the start. Default 5,000. */
  connectTimeoutMs?: number
}

/** What a job carries: a version, so that a worker of another release can tell. */
interface JobData {
  version: 1
}

/**
 * Runs tasks at their intervals, each once per interval however many workers there are.
 *
 * Errors: rejects when Redis does not answer in time. Later losses of Redis are waited out: the connection comes back by
 *         itself, and schedules lost with Redis's memory are put in place again.
 */
export async function startSchedule(options: ScheduleOptions): Promise<{ close(): Promise<void> }> {
  const { redisUrl, queueName, tasks, log, renewMs = 60_000, connectTimeoutMs = 5000 } = options
  // BullMQ waits for its blocking reads as long as it takes, hence no limit on retries.
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null, lazyConnect: true })
  connection.on('error', (fault: Error) => log(`Redis 不可用 queue away: ${fault.message}`))
  await answering(connection, connectTimeoutMs)

  const queue = new Queue<JobData>(queueName, { connection })
  queue.on('error', () => {}) // said by the connection
  const renew = async () => {
    for (const { name, everyMs, dailyAt } of tasks) {
      // Putting a daily one in place again at its very minute would move it to the next day.
      if (dailyAt !== undefined && (await queue.getJobScheduler(name))?.pattern === cronOf(dailyAt)) continue
      await queue.upsertJobScheduler(
        name,
        dailyAt === undefined ? { every: everyMs } : { pattern: cronOf(dailyAt), tz: 'Asia/Shanghai' },
        {
          name,
          data: { version: 1 },
          opts: {
            attempts: 5,
            backoff: { type: 'exponential', delay: 1000 },
            removeOnComplete: { count: 50 },
            removeOnFail: { count: 200 },
          },
        },
      )
    }
  }

  const worker = new Worker<JobData>(
    queueName,
    async ({ name, data }: Job<JobData>) => {
      const task = tasks.find((each) => each.name === name)
      if (task === undefined || data.version !== 1) throw new UnrecoverableError(`unknown job \`${name}\``)
      const started = performance.now()
      const counts = await task.run()
      log(
        `${name}: ${Object.entries(counts)
          .map(([what, count]) => `${what} ${count}`)
          .join(', ')} (${Math.round(performance.now() - started)} ms)`,
      )
      return counts
    },
    { connection, concurrency: tasks.length }, // a long one keeps nobody waiting
  )
  worker.on('error', () => {}) // said by the connection
  worker.on('failed', (job, fault) =>
    log(`${job?.name ?? 'job'} 失败 failed (attempt ${job?.attemptsMade}): ${fault.message}`),
  )

  await renew()
  const renewing = setInterval(() => void renew().catch(() => {}), renewMs)
  return {
    /** Lets the running job end, then lets go of Redis; a Redis that is away is not waited for. */
    async close() {
      clearInterval(renewing)
      const inOrder = worker.close().then(() => queue.close())
      inOrder.catch(() => {})
      await Promise.race([inOrder, onceAway(connection)])
      connection.disconnect()
      worker.disconnect().catch(() => {})
    },
  }
}

/** `HH:MM` as a cron pattern. */
const cronOf = (time: string): string => `${Number(time.slice(3))} ${Number(time.slice(0, 2))} * * *`

async function answering(connection: Redis, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, withinMs, new Error(`Redis 在 ${withinMs} ms 内没有应答 (no answer from Redis)`))
  })
  try {
    const ready = connection.connect().then(() => connection.ping())
    await Promise.race([ready, late])
  } catch (thrown) {
    connection.disconnect()
    throw thrown
  } finally {
    clearTimeout(timer)
  }
}
