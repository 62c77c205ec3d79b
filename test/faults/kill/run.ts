import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Checked, checkAll } from './check.ts'
import { watchCheckpoints } from './checkpoints.ts'
import { type City, startCity } from './city.ts'
import { assertAnswered, startClients } from './clients.ts'
import { createLedger, type Ledger } from './ledger.ts'
import type { FaultOptions, Kind } from './options.ts'
import { randomFrom } from './random.ts'
import { killSeries } from './series.ts'

type Counts = Pick<Ledger, 'released' | 'refused' | 'replayed' | 'lost' | 'unavailable'>

/** What one kind of kill did, and what was found after it over the whole log. */
export interface SeriesReport extends Counts {
  kind: Kind
  kills: number
  seconds: number
  medianRecoveryMs: number
  slowestRecoveryMs: number
  /** Of the whole run so far. */
  checked: Checked
}

export interface FaultReport {
  series: SeriesReport[]
  faults: string[]
  /** Where the logs are, when something was found. */
  logsDir: string | null
}

/** Goes through the kinds one after the other over one growing log. Errors: none; what went wrong is a fault. */
export async function runFaults(options: FaultOptions, say: (line: string) => void): Promise<FaultReport> {
  const startedAt = performance.now()
  const random = randomFrom(options.seed)
  const city = await startCity(options.gateways)
  say(`就绪：${options.gateways} 个网关进程 / ready after ${seconds(startedAt)} s; logs: ${city.logsDir}`)
  const ledger = createLedger()
  const onlooker = watchCheckpoints(city.fleet, city.installation.logVkey, random)
  const assertInTime = (): void => {
    if (performance.now() - startedAt > options.limitSeconds * 1000)
      throw new Error(`超过时限 / not through within ${options.limitSeconds} s`)
  }
  const report: FaultReport = { series: [], faults: [], logsDir: null }

  async function runSeries(kind: Kind): Promise<void> {
    await city.fleet.whole()
    const before = countsOf(ledger)
    const beganAt = performance.now()
    const clients = startClients({ ...city, ledger, random, count: options.clients })
    const tenth = Math.max(1, Math.ceil(options.kills / 10))
    const onKill = (done: number): void => {
      if (done % tenth > 0 && done < options.kills) return
      const { released, refused, lost, unavailable } = ledger
      say(
        `  ${kind} ${done}/${options.kills}，${seconds(beganAt)} s；累计 so far: ${released + refused} 答复 answers, ${lost + unavailable} 未知 unknown`,
      )
    }
    const recoveries = await killSeries(kind, options.kills, {
      city,
      ledger,
      onlooker,
      random,
      assertInTime,
      onKill,
    }).finally(() => clients.stop())
    await city.fleet.whole()
    const checked = await checkAll(city, ledger, onlooker)
    const after = countsOf(ledger)
    const sorted = recoveries.toSorted((a, b) => a - b)
    const series: SeriesReport = {
      kind,
      kills: recoveries.length,
      seconds: Number(seconds(beganAt)),
      medianRecoveryMs: Math.round(sorted[sorted.length >> 1]!),
      slowestRecoveryMs: Math.round(sorted.at(-1)!),
      ...(Object.fromEntries(
        Object.entries(after).map(([name, n]) => [name, n - before[name as keyof Counts]]),
      ) as never as Counts),
      checked,
    }
    report.series.push(series)
    say(describeSeries(series))
    report.faults.push(...checked.faults.filter((line) => !report.faults.includes(line)))
  }

  try {
    await assertAnswered(city)
    for (const kind of options.kinds) await runSeries(kind)
    report.faults.push(...refusalsToSign(city))
  } catch (thrown) {
    report.faults.push(...ledger.faults, ...onlooker.faults, ...city.fleet.unexpectedEnds, (thrown as Error).message)
  }
  await onlooker.stop()
  if (report.faults.length > 0) report.logsDir = city.logsDir
  await city.stop(report.faults.length > 0)
  return report
}

/** The log's own alarm: it would have to fork to go on. Nothing here gives it cause. */
function refusalsToSign({ logsDir }: City): string[] {
  return readdirSync(logsDir).flatMap((name) => {
    const lines = readFileSync(join(logsDir, name), 'utf8').split('\n')
    const count = lines.filter((line) => line.includes('LOG SIGNING REFUSED')).length
    return count > 0 ? [`${name}：${count} 次拒绝签发 / signing refused`] : []
  })
}

const countsOf = ({ released, refused, replayed, lost, unavailable }: Ledger): Counts => ({
  released,
  refused,
  replayed,
  lost,
  unavailable,
})

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)

export function describeSeries(series: SeriesReport): string {
  const { kind, kills, checked } = series
  const answers = series.released + series.refused
  return [
    `▶ ${kind}：${kills} 次 SIGKILL / kills，${series.seconds} s`,
    `  答复 answers received      ${answers}（放行 released ${series.released}，拒绝 refused ${series.refused}，重复已告知 repeats told ${series.replayed}）`,
    `  未知 unknown outcome        ${series.lost + series.unavailable}（断线 lost ${series.lost}，record.unavailable ${series.unavailable}）`,
    `  恢复 recovery               中位 median ${series.medianRecoveryMs} ms，最慢 slowest ${series.slowestRecoveryMs} ms`,
    `  全日志 whole log so far     ${checked.records} 条 records，${checked.checkpoints} 个检查点 checkpoints seen，${checked.samples} 份证据 evidence verified`,
    `  已留痕未送达 recorded, unanswered ${checked.unanswered}；缺口 gaps ${checked.gaps}；分叉 forks ${checked.forks}；问题 faults ${checked.faults.length}`,
  ].join('\n')
}
