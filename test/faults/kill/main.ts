import { cpus, totalmem } from 'node:os'
import { readOptions } from './options.ts'
import { runFaults } from './run.ts'

/**
 * `npm run faults [-- --kills N --kinds gateway,postgres,integrator --seed N]`: kills with SIGKILL under load and holds
 * every answer against the log. Exits 0 when nothing is amiss, else 1 with the logs kept.
 */
const options = readOptions(process.argv.slice(2))
const startedAt = performance.now()
console.log(
  `机器 machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}; seed ${options.seed}`,
)
const { series, faults, logsDir } = await runFaults(options, (line) => console.log(line))

const sum = (of: (each: (typeof series)[number]) => number): number =>
  series.reduce((total, each) => total + of(each), 0)
const last = series.at(-1)?.checked
console.log(
  `\n合计 total: ${sum(({ kills }) => kills)} 次 kills，答复 answers ${sum(({ released, refused }) => released + refused)}，` +
    `未知 unknown ${sum(({ lost, unavailable }) => lost + unavailable)}，已留痕未送达 recorded, unanswered ${last?.unanswered ?? 0}，` +
    `缺口 gaps ${last?.gaps ?? 0}，分叉 forks ${last?.forks ?? 0}，最慢恢复 slowest recovery ${Math.max(0, ...series.map((each) => each.slowestRecoveryMs))} ms，` +
    `用时 ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
)
for (const fault of faults) console.log(`✗ ${fault}`)
console.log(
  faults.length === 0
    ? '✓ 每个答复在日志中恰有一次，日志核验通过 / every answer is in the log exactly once, the log verifies'
    : `日志保留在 / logs are kept in ${logsDir}`,
)
process.exit(faults.length === 0 ? 0 : 1)
