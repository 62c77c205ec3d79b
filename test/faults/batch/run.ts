import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { withRedis } from '../../../seeds/services/redis-client.ts'
import { leftOver, recordedLines } from './check.ts'
import { department } from './department.ts'
import { residentMiB, watchMemory } from './memory.ts'
import { type Plant, startPlant } from './plant.ts'

export interface BatchFaultOptions {
  lines: number
  /** Run and acknowledged first, so that growth is measured from processes at work. */
  warmUp: number
  /** Every kind of blow falls once in each. */
  rounds: number
  /** The run counts as failed when it is not through by then. */
  limitSeconds: number
}

/** Both processes' growth stays below it (issue: 100,000 lines). */
export const GROWTH_MIB = 150

export interface BatchFaultsRun {
  faults: string[]
  logsDir: string
}

/**
 * One large batch through a killed worker, a Redis restarted with and without its memory, and a PostgreSQL that dies; then
 * every line held against the log and the source.
 */
export async function runBatchFaults(options: BatchFaultOptions, say: (line: string) => void): Promise<BatchFaultsRun> {
  const plant = await startPlant()
  const faults: string[] = []
  const memory = watchMemory()
  try {
    await run(plant, options, memory, say, (fault) => faults.push(fault))
  } catch (thrown) {
    faults.push((thrown as Error).message)
  } finally {
    memory.stop()
    await plant.stop(faults.length > 0)
  }
  return { faults, logsDir: plant.logsDir }
}

async function run(
  plant: Plant,
  { lines, warmUp, rounds, limitSeconds }: BatchFaultOptions,
  memory: ReturnType<typeof watchMemory>,
  say: (line: string) => void,
  fault: (what: string) => void,
): Promise<void> {
  const own = department(plant)
  const must = (holds: boolean, what: string): void => {
    if (!holds) fault(what)
  }
  let worker = await plant.startWorker()

  async function finished(id: string, withinSeconds: number): Promise<Record<string, unknown>> {
    for (const until = Date.now() + withinSeconds * 1000; Date.now() < until; await sleep(250)) {
      const view = await own.view(id)
      if (view.completedAt !== null) return view
    }
    throw new Error(`批次未能办结 / not finished within ${withinSeconds} s: ${JSON.stringify(await own.view(id))}`)
  }

  const warm = await own.begin(own.linesOf(warmUp))
  await finished(warm, 120)
  await own.acknowledge(warm, (await own.results(warm)).sha256)
  const base = { gateway: residentMiB(plant.gateway.pid), worker: residentMiB(worker.pid!) }
  memory.watch('gateway', plant.gateway.pid)
  memory.watch('worker', worker.pid!)

  const startedAt = performance.now()
  const id = await own.begin(own.linesOf(lines, warmUp))
  const uploadedAt = performance.now()
  say(`受理 taken in: ${lines} lines in ${seconds(startedAt, uploadedAt)} s`)

  const killWorker = async (): Promise<void> => {
    worker = await killed(worker, plant, memory)
  }
  const blows: [name: string, strike: () => Promise<void>][] = [
    ['执行进程被强杀 worker killed (-9)', killWorker],
    ['Redis 重启 restarted, its data kept', () => plant.redis.restart()],
    ['PostgreSQL 强杀后重启 killed (-9) and restarted', () => restartedPostgres(plant)],
    ['Redis 重启并清空 restarted empty', () => restartedEmpty(plant)],
  ]
  const all = Array.from({ length: rounds }, () => blows).flat()
  for (const [at, [name, strike]] of all.entries()) {
    const part = (at + 1) / (all.length + 1)
    const until = Date.now() + limitSeconds * 1000
    let view = await own.view(id)
    for (; Number(view.done) < lines * part && Date.now() < until; await sleep(100)) view = await own.view(id)
    must(
      view.completedAt === null && Number(view.done) >= lines * part,
      `${name}: 批次不在执行中 / batch not under way`,
    )
    await strike()
    say(`  ${view.done}/${lines} ${name}`)
  }
  const view = await finished(id, limitSeconds)
  const took = (performance.now() - uploadedAt) / 1000
  const { released, refused, failed } = view
  say(
    `办结 finished: ${took.toFixed(1)} s (${(lines / took).toFixed(0)}/s), released ${released}, refused ${refused}, failed ${failed}`,
  )
  must(view.state === 'completed' && released === lines, 'not every line was released')

  const found = await recordedLines(plant, warmUp, lines)
  say(
    `留痕 records: ${found.records} for ${lines} lines, distinct ${found.distinct}; 数源 sources: asked again ${found.askedAgain}, ` +
      `of these finished before ${found.askedAfterFinished}`,
  )
  must(found.records === lines && found.distinct === lines, 'not exactly one record per line')
  must(found.askedAfterFinished === 0, 'a source was asked again about a finished line')
  must(found.neverAsked === 0, 'a line was released without its source being asked')

  const results = await own.results(id)
  say(`结果 results: ${results.rows} rows, ${results.proven} with evidence, in order ${results.inOrder}`)
  must(results.rows === lines && results.proven === lines && results.inOrder, 'results are not whole')
  const wrong = await own.send('POST', `/${id}/results/ack`, { body: JSON.stringify({ sha256: 'x'.repeat(43) }) })
  must(wrong.status === 400, 'a wrong digest was taken')
  const acknowledged = await own.acknowledge(id, results.sha256)
  const left = await leftOver(plant, id)
  say(
    `销毁 destroyed: state ${acknowledged.state}, staged rows left ${left.staged}, record ${left.destruction?.reason ?? 'none'}`,
  )
  must(acknowledged.state === 'destroyed' && left.staged === 0, 'acknowledged results are still there')
  must(left.destruction?.resultsSha256 === results.sha256, 'no record of the destruction, or of other results')
  must(left.gaps === 0, `${left.gaps} gaps in the log`)

  for (const place of ['gateway', 'worker'] as const) {
    const growth = memory.peak(place) - base[place]
    say(
      `内存 RSS ${place}: ${base[place].toFixed(0)} → peak ${memory.peak(place).toFixed(0)} MiB (+${growth.toFixed(0)}, bar ${GROWTH_MIB})`,
    )
    must(growth < GROWTH_MIB, `${place} grew by ${growth.toFixed(0)} MiB`)
  }
}

async function killed(
  worker: ChildProcess,
  plant: Plant,
  memory: ReturnType<typeof watchMemory>,
): Promise<ChildProcess> {
  const ended = once(worker, 'exit')
  worker.kill('SIGKILL')
  await ended
  const next = await plant.startWorker()
  memory.watch('worker', next.pid!)
  return next
}

/** As a Redis without persistence would come back. */
async function restartedEmpty({ redis }: Plant): Promise<void> {
  redis.kill()
  await redis.restart()
  await withRedis(redis.url, (client) => client.flushall())
}

async function restartedPostgres({ postgres }: Plant): Promise<void> {
  postgres.kill()
  await sleep(1_500)
  await postgres.restart()
}

const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(1)
