// `npm run demo`: makes the checkout ready, then runs seeds/demo/main.ts until it ends or is told to.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { exitCodeOf, prepare, ROOT, typescript } from './bootstrap.mjs'

await prepare()
const [node, args] = typescript('seeds/demo/main.ts', process.argv.slice(2))

// A session of its own: at Ctrl-C the terminal signals every process of ours at once and npm passes the signal on once more; the
// demonstration is to hear it one time and to stop its parts in order. The channel tells it when we are gone without a word.
const child = spawn(node, ['--import', join(ROOT, 'seeds', 'orphan.mjs'), ...args], {
  cwd: ROOT,
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})

const REPEAT_MS = 1000
const heardAtMs = new Map()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    const nowMs = Date.now()
    if (nowMs - (heardAtMs.get(signal) ?? 0) < REPEAT_MS) return
    heardAtMs.set(signal, nowMs)
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
  })
}
child.once('error', (thrown) => {
  console.error(thrown.message)
  process.exit(127)
})
child.once('exit', (code, signal) => process.exit(code ?? exitCodeOf(signal)))
