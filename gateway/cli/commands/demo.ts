import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'

const SCRIPT = resolve(import.meta.dirname, '../../../seeds/demo.mjs')

export const demo: Command = {
  name: 'demo',
  zh: '启动演示：样例数源、合成人口、网关与走查',
  en: 'run the demonstration',
  ownsSignals: true,
  passThrough: true,
  examples: ['guanyi demo', 'guanyi demo --check'],
  async run({ positionals }, { io }) {
    if (!existsSync(SCRIPT)) {
      throw new CliError(EXIT.refused, {
        zh: '这份安装不含演示；请在源码检出中运行 npm run demo',
        en: 'this installation has no demonstration; run `npm run demo` in a checkout',
      })
    }
    const args = positionals.filter((word) => word !== '--')
    const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: 'inherit', env: { ...io.env } })
    const pass = (): void => void child.kill('SIGTERM')
    process.once('SIGTERM', pass)
    // Ctrl-C reaches the child from the terminal itself; we only wait for it.
    const code = await new Promise<number | null>((done) => {
      child.once('error', () => done(1))
      child.once('exit', done)
    })
    process.off('SIGTERM', pass)
    return (code === 0 ? EXIT.done : EXIT.refused) satisfies ExitCode
  },
}
