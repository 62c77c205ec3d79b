import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configError } from '../exit.ts'
import { stateDir } from '../settings.ts'
import type { CliIo } from '../terminal.ts'

export interface DemoLog {
  url: string
  vkey: string
  token: string | undefined
}

/** The log of the running demonstration, from `.guanyi/demo.json` (design §11). */
export async function readDemoLog({ env }: CliIo): Promise<DemoLog> {
  const path = join(stateDir(env), 'demo.json')
  const demo = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as { dataPlane?: string; logVkey?: string; logToken?: string },
    () => undefined,
  )
  if (demo?.dataPlane === undefined || demo.logVkey === undefined)
    throw configError(
      `读不到 ${path} 中的日志地址，请先启动演示：npm run demo`,
      `${path} names no log; start the demonstration first: npm run demo`,
    )
  return { url: `${demo.dataPlane}/log`, vkey: demo.logVkey, token: demo.logToken }
}
