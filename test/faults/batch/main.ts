import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { runBatchFaults } from './run.ts'

/**
 * `npm run faults -- batch [--lines N --rounds N]`: one large batch through killed workers and restarted stores. Exits 0 when every
 * bar holds, else 1 with the logs kept.
 */
const text = { type: 'string' } as const
const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { lines: text, 'warm-up': text, rounds: text, 'limit-seconds': text },
})
const whole = (name: keyof typeof values, fallback: number, least = 100): number => {
  const value = Number(values[name] ?? fallback)
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name}：须为不小于 ${least} 的整数 / a whole number from ${least}`)
  return value
}
const options = {
  lines: whole('lines', 100_000),
  warmUp: whole('warm-up', 3_000),
  rounds: whole('rounds', 2, 1),
  limitSeconds: whole('limit-seconds', 3_600),
}
console.log(
  `机器 machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`,
)
const { faults, logsDir } = await runBatchFaults(options, (line) => console.log(line))
for (const fault of faults) console.log(`✗ ${fault}`)
console.log(
  faults.length === 0
    ? '✓ 每行恰有一条留痕，已办结的行未再询问数源 / one record per line, no finished line asked again'
    : `日志保留在 / logs are kept in ${logsDir}`,
)
process.exit(faults.length === 0 ? 0 : 1)
