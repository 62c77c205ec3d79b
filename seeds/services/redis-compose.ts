import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePort } from './free-port.ts'
import { runProgram } from './programs.ts'
import type { RedisOptions, RedisServer } from './redis.ts'
import { waitUntilAnswers } from './redis-client.ts'
import { privateDir } from './state-file.ts'

/** A container, where a Docker daemon answers; the last rung because it needs an image from a registry. */
export async function composedRedis(options: RedisOptions): Promise<RedisServer | undefined> {
  try {
    await runProgram('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 10_000 })
    await runProgram('docker', ['compose', 'version'], { timeout: 10_000 })
  } catch {
    return undefined
  }
  const stateDir = privateDir(resolve(options.stateDir))
  const port = await freePort()
  const password = randomBytes(24).toString('base64url')
  const url = `redis://:${password}@127.0.0.1:${port}`
  const file = join(stateDir, 'redis-compose.yaml')
  writeFileSync(file, composition(port, password), { mode: 0o600 })
  // Named after the state directory: two checkouts do not share a container, and what a killed run left is found again.
  const project = `guanyi-${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`
  const compose = (...args: string[]): Promise<string> =>
    runProgram('docker', ['compose', '--project-name', project, '--file', file, ...args])
  const begin = async (): Promise<void> => {
    await compose('up', '--detach')
    await waitUntilAnswers(url, () => false)
  }
  const end = async (): Promise<void> => void (await compose('down', ...(options.persistent ? [] : ['--volumes'])))

  options.log('正在用 Docker 启动 Redis / starting Redis in a container')
  await end()
  await begin()
  let killed: Promise<unknown> = Promise.resolve()
  return {
    url,
    version: '8',
    origin: 'container',
    pid: 0,
    stop: end,
    kill() {
      killed = compose('kill').catch(() => {})
    },
    async restart() {
      await killed
      await compose('stop')
      await begin()
    },
  }
}

function composition(port: number, password: string): string {
  const command = [
    'valkey-server',
    '--requirepass',
    password,
    '--maxmemory-policy',
    'noeviction',
    '--appendonly',
    'yes',
  ]
  return JSON.stringify({
    services: {
      redis: { image: 'valkey/valkey:8', command, ports: [`127.0.0.1:${port}:6379`], volumes: ['data:/data'] },
    },
    volumes: { data: {} },
  }) // JSON is YAML
}
