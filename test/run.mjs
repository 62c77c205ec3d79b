// `npm test`: everything CI runs, in order, stopping at the first failure. `node test/run.mjs bench` runs the benchmarks, `… faults`
// kills processes and checks the log, `… faults batch` does so under one large batch.
import { bin, prepare, run, typescript } from '../seeds/bootstrap.mjs'

const [mode, ...rest] = process.argv.slice(2)
await prepare()

if (mode === 'bench') process.exit(await run(...typescript('test/bench/main.ts', rest)))
if (mode === 'faults' && rest[0] === 'batch')
  process.exit(await run(...typescript('test/faults/batch/main.ts', rest.slice(1))))
if (mode === 'faults') process.exit(await run(...typescript('test/faults/kill/main.ts', rest)))

/** What is printed last must come from the test runner, so it stays the last step. */
const STEPS = [
  ['类型检查 / types', bin('tsc'), ['--noEmit']],
  ['格式与规则 / format and lint', bin('biome'), ['check']],
  ['演示自检 / demo, every step asserted', process.execPath, ['seeds/demo.mjs', '--check']],
  ['测试 / tests', bin('vitest'), ['run', ...process.argv.slice(2)]],
]

for (const [title, file, args] of STEPS) {
  console.log(`\n▶ ${title}`)
  const code = await run(file, args)
  if (code !== 0) process.exit(code)
}
