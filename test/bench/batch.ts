import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SAMPLES } from '../../seeds/samples/samples.ts'
import { department } from '../faults/batch/department.ts'
import { type Plant, startPlant } from '../faults/batch/plant.ts'
import type { Asked, Asking } from './asker.ts'
import { median, quantile } from './load.ts'

const LINES = Number(process.env.BENCH_BATCH_LINES ?? 100_000)
const ROUNDS = 5
const SECONDS = 8
const PER_SECOND = 50
/** Another member's p99 grows by less than half (issue). */
const BAR = 1.5
/** A batch goes on however many single queries there are: lines a second of one worker. */
const FLOOR = 4

/**
 * One member's large batch beside another's single queries at a steady pace: stretches without it, while it is taken in, and
 * while it runs, in turn; ratios of the same run. Lines run by a worker of their own; and, for comparison, by the gateway
 * itself.
 */
export async function benchBatch(): Promise<void> {
  const apart = await measure('intake', ROUNDS)
  await measure('on', 2)
  if (apart.p99 >= BAR) throw new Error(`p99 × ${apart.p99.toFixed(2)}, bar ${BAR}`)
  if (apart.perSecond < FLOOR) throw new Error(`${apart.perSecond.toFixed(1)} lines/s, floor ${FLOOR}`)
}

async function measure(batches: 'intake' | 'on', rounds: number): Promise<{ p99: number; perSecond: number }> {
  const plant = await startPlant({ batches })
  const asker = fork(join(import.meta.dirname, 'asker.ts'), { execArgv: ['--import', 'tsx'] })
  try {
    const workers = batches === 'intake' ? [await plant.startWorker()] : []
    const own = department(plant)
    const ask = async (): Promise<Stretch> => {
      const answered = once(asker, 'message')
      asker.send(askingOf(plant))
      return stretchOf((await answered)[0] as Asked)
    }
    console.log(
      `批次与单笔 batch beside single queries: ${LINES} lines, ${workers.length} worker(s) of its own, ` +
        `single queries of rc-land ${PER_SECOND}/s for ${SECONDS} s a stretch`,
    )
    await ask() // warm
    const takingIn: Stretch[] = []
    const running: Stretch[] = []
    const rates: number[] = []
    for (let round = 0; round < rounds; round++) {
      const alone = await ask()
      const [during, id] = await Promise.all([ask(), own.begin(own.linesOf(LINES, round * LINES))])
      const [before, since] = [Number((await own.view(id)).done), performance.now()]
      const beside = await ask()
      rates.push(((Number((await own.view(id)).done) - before) * 1000) / (performance.now() - since))
      takingIn.push(ratio(during, alone))
      running.push(ratio(beside, alone))
      console.log(
        `  ${told('alone', alone)}; ${told('taken in', during)}; ${told('running', beside)}; ${rates.at(-1)!.toFixed(1)} lines/s`,
      )
      await end(own, id)
    }
    await sleep(500) // until nobody seems to wait any more
    const unpaced = await unhindered(own)
    const [p50, p99] = [median(running.map((each) => each.p50)), median(running.map((each) => each.p99))]
    console.log(
      `  中位比值 median ratios: running p50 × ${p50.toFixed(2)}, p99 × ${p99.toFixed(2)} (bar ${BAR}); taken in p50 × ` +
        `${median(takingIn.map((each) => each.p50)).toFixed(2)}, p99 × ${median(takingIn.map((each) => each.p99)).toFixed(2)}; ` +
        `${median(rates).toFixed(1)} lines/s beside them (floor ${FLOOR}), ${unpaced.toFixed(0)} lines/s when nobody asks`,
    )
    return { p99, perSecond: median(rates) }
  } finally {
    asker.disconnect()
    await plant.stop(false)
  }
}

const ratio = (of: Stretch, to: Stretch): Stretch => ({ p50: of.p50 / to.p50, p99: of.p99 / to.p99 })

interface Stretch {
  p50: number
  p99: number
}

function stretchOf({ latencies, failed }: Asked): Stretch {
  if (failed > 0) throw new Error(`${failed} single queries failed`)
  const sorted = latencies.toSorted((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

const told = (name: string, { p50, p99 }: Stretch): string => `${name} p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`

function askingOf({ gateway, installation }: Plant): Asking {
  const { request } = SAMPLES.find(
    ({ system, mode, request }) => system === 'rc-land' && mode === 'query' && request.scenario === 'P5.2',
  )!
  return {
    url: gateway.dataUrl,
    system: 'rc-land',
    key: installation.systemKeys.get('rc-land')!.jwk,
    request: { ...request },
    perSecond: PER_SECOND,
    seconds: SECONDS,
  }
}

async function end(own: ReturnType<typeof department>, id: string): Promise<void> {
  await own.send('DELETE', `/${id}`)
  while ((await own.view(id)).completedAt === null) await sleep(100)
  await own.acknowledge(id, (await own.results(id)).sha256)
}

async function unhindered(own: ReturnType<typeof department>): Promise<number> {
  const id = await own.begin(own.linesOf(3_000, ROUNDS * LINES))
  const startedAt = performance.now()
  while ((await own.view(id)).completedAt === null) await sleep(100)
  const perSecond = 3_000_000 / (performance.now() - startedAt)
  await end(own, id)
  return perSecond
}
