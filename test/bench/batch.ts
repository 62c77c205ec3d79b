import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SAMPLES } from '../../seeds/samples/samples.ts'
import { department } from '../faults/batch/department.ts'
import { type Plant, startPlant } from '../faults/batch/plant.ts'
import type { Asked, Asking } from './asker.ts'
import { median, quantile } from './load.ts'

const LINES = Number(process.env.BENCH_BATCH_LINES ?? 100_000)
const PER_SECOND = 50
/** The worker is held and let go again in turn for so long each, so that both meet the same of whatever else the machine does. */
const SLOT_MS = 2_000
/** Pairs of slots per part; a ratio per part, and the median of them. */
const PAIRS = 4
const PARTS = 5
/** Another member's p99 grows by less than half (issue). */
const BAR = 1.5
/** A batch goes on however many single queries there are: lines a second of one worker. */
const FLOOR = 4

/**
 * One member's large batch, run by a worker of its own, beside another's single queries at a steady pace: two seconds with it,
 * two without, and so on; ratios of the same run. Beside that, what taking the batch in costs them.
 */
export async function benchBatch(): Promise<void> {
  const plant = await startPlant()
  const asker = fork(join(import.meta.dirname, 'asker.ts'), { execArgv: ['--import', 'tsx'] })
  const ask: Ask = async (seconds, onBegun = () => undefined) => {
    const begun = once(asker, 'message')
    asker.send(askingOf(plant, seconds))
    await begun
    const answered = once(asker, 'message')
    onBegun()
    const { latencies, failed } = (await answered)[0] as Asked
    if (failed > 0) throw new Error(`${failed} single queries failed`)
    return latencies
  }
  try {
    const worker = await plant.startWorker()
    const own = department(plant)
    await ask(5) // warm
    const idle = stretchOf(await ask(8))
    const [during, id] = await Promise.all([ask(8), own.begin(own.linesOf(LINES))])
    const takenIn = stretchOf(during)
    console.log(
      `批次与单笔 batch beside single queries: ${LINES} lines of rc-jyj, queries of rc-land ${PER_SECOND}/s\n` +
        `  受理时 while taken in: ${told('before', idle)}; ${told('meanwhile', takenIn)}`,
    )
    const ratios: Stretch[] = []
    const pooled: Slots = { without: [], beside: [] }
    const rates: number[] = []
    for (let part = 0; part < PARTS; part++) {
      const before = Number((await own.view(id)).done)
      const slots = await alternate(worker, ask)
      rates.push(((Number((await own.view(id)).done) - before) * 1000) / (PAIRS * SLOT_MS))
      const [without, beside] = [stretchOf(slots.without), stretchOf(slots.beside)]
      ratios.push({ p50: beside.p50 / without.p50, p99: beside.p99 / without.p99 })
      pooled.without.push(...slots.without)
      pooled.beside.push(...slots.beside)
      console.log(`  ${told('without', without)}; ${told('beside', beside)}; ${rates.at(-1)!.toFixed(1)} lines/s`)
    }
    await end(own, id)
    await sleep(500) // until nobody seems to wait any more
    const unpaced = await unhindered(own)
    const [p50, p99] = [median(ratios.map((each) => each.p50)), median(ratios.map((each) => each.p99))]
    const [without, beside] = [stretchOf(pooled.without), stretchOf(pooled.beside)]
    console.log(
      `  中位比值 median ratios p50 × ${p50.toFixed(2)}, p99 × ${p99.toFixed(2)} (bar ${BAR}); all together p50 × ` +
        `${(beside.p50 / without.p50).toFixed(2)}, p99 × ${(beside.p99 / without.p99).toFixed(2)}; ` +
        `batch ${median(rates).toFixed(1)} lines/s beside them (floor ${FLOOR}), ${unpaced.toFixed(0)} lines/s when nobody asks`,
    )
    if (p99 >= BAR) throw new Error(`p99 × ${p99.toFixed(2)}, bar ${BAR}`)
    if (median(rates) < FLOOR) throw new Error(`${median(rates).toFixed(1)} lines/s, floor ${FLOOR}`)
  } finally {
    asker.disconnect()
    await plant.stop(false)
  }
}

type Ask = (seconds: number, onBegun?: () => void) => Promise<number[]>

interface Slots {
  without: number[]
  beside: number[]
}

/** Asks all along, while the worker is held and let go in turn; latencies by what the worker was when they were due. */
async function alternate(worker: ChildProcess, ask: Ask): Promise<Slots> {
  worker.kill('SIGSTOP')
  let asking: Promise<number[]> = Promise.resolve([])
  await new Promise<void>((begun) => {
    asking = ask((2 * PAIRS * SLOT_MS) / 1000, begun)
  })
  for (let slot = 1; slot < 2 * PAIRS; slot++) {
    await sleep(SLOT_MS)
    worker.kill(slot % 2 === 1 ? 'SIGCONT' : 'SIGSTOP')
  }
  const latencies = await asking
  worker.kill('SIGCONT')
  const slotOf = (at: number): number => Math.floor((at * 1000) / PER_SECOND / SLOT_MS)
  return {
    without: latencies.filter((_latency, at) => slotOf(at) % 2 === 0),
    beside: latencies.filter((_latency, at) => slotOf(at) % 2 === 1),
  }
}

interface Stretch {
  p50: number
  p99: number
}

function stretchOf(latencies: readonly number[]): Stretch {
  const sorted = latencies.toSorted((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

const told = (name: string, { p50, p99 }: Stretch): string => `${name} p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`

function askingOf({ gateway, installation }: Plant, seconds: number): Asking {
  const { request } = SAMPLES.find(
    ({ system, mode, request }) => system === 'rc-land' && mode === 'query' && request.scenario === 'P5.2',
  )!
  return {
    url: gateway.dataUrl,
    system: 'rc-land',
    key: installation.systemKeys.get('rc-land')!.jwk,
    request: { ...request },
    perSecond: PER_SECOND,
    seconds,
  }
}

async function end(own: ReturnType<typeof department>, id: string): Promise<void> {
  await own.send('DELETE', `/${id}`)
  while ((await own.view(id)).completedAt === null) await sleep(100)
  await own.acknowledge(id, (await own.results(id)).sha256)
}

async function unhindered(own: ReturnType<typeof department>): Promise<number> {
  const id = await own.begin(own.linesOf(3_000, LINES))
  const startedAt = performance.now()
  while ((await own.view(id)).completedAt === null) await sleep(100)
  const perSecond = 3_000_000 / (performance.now() - startedAt)
  await end(own, id)
  return perSecond
}
