import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, launch } from './child.ts'
import {
  beginAnywhere,
  DEFAULT_CACHE_DIR,
  firstOf,
  notStarted,
  type RunningServer,
  type ServerOptions,
  takePlace,
} from './local-server.ts'
import { waitUntilAnswers } from './redis-client.ts'
import { composedRedis } from './redis-compose.ts'
import { givenRedis } from './redis-given.ts'
import { REDIS_SOURCES, type RedisSource } from './redis-programs.ts'
import { ourselves, writeState } from './state-file.ts'

export type RedisOptions = ServerOptions<RedisSource>

export interface RedisServer extends RunningServer {
  /** Holds the password; the port stays the same over restarts. */
  readonly url: string
  /** `given`: by `REDIS_URL`. */
  readonly origin: 'given' | 'system' | 'packages' | 'container'
}

/**
 * Obtains a real Redis (or Valkey) and starts it on loopback.
 *
 * Errors: one sentence in Chinese and English when no rung of the ladder holds, or the tail of the server's own log.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const givenUrl = options.givenUrl === undefined ? process.env.REDIS_URL : options.givenUrl
  if (givenUrl) return givenRedis(givenUrl, options.log)

  const search = { cacheDir: options.cacheDir ?? DEFAULT_CACHE_DIR, log: options.log }
  const program = await firstOf(options.sources ?? REDIS_SOURCES, search)
  if (program === undefined) {
    const container = await composedRedis(options)
    if (container) return container
    throw new Error(NO_REDIS)
  }
  const found = program

  const { stateDir, stateFile, logFile, remembered } = await takePlace('Redis', 'redis', options.stateDir, 'SIGTERM')
  const configFile = join(stateDir, 'redis.conf')
  const dataDir = join(stateDir, 'redis')
  const password = remembered?.password ?? randomBytes(24).toString('base64url')
  let port = 0
  let child!: Child
  const urlOf = (): string => `redis://:${password}@127.0.0.1:${port}`

  async function begin(): Promise<void> {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(configFile, configuration({ port, dataDir, password }), { mode: 0o600 }) // a file: arguments are visible to all
    child = launch({
      file: found.file,
      args: [configFile],
      cwd: dataDir,
      env: found.env,
      logFile,
      stopSignal: 'SIGTERM',
    })
    writeState(stateFile, { dataDir, port, password, server: child.identity, startedBy: ourselves() })
    await waitUntilAnswers(urlOf(), () => child.hasEnded())
  }

  await beginAnywhere(
    remembered?.port ?? 0,
    (free) => {
      port = free
      return begin()
    },
    () => child,
    () => notStarted('Redis', logFile),
  )
  const where = found.origin === 'packages' ? '解包的软件包 / unpacked packages' : '本机程序 / installed'
  options.log(`Redis ${found.version} 已就绪（${where}），端口 ${port} / ready on port ${port}`)

  return {
    url: urlOf(),
    version: found.version,
    origin: found.origin,
    get pid() {
      return child.identity.pid
    },
    async stop() {
      await child.stop()
      if (options.persistent) return writeState(stateFile, { dataDir, port, password })
      for (const left of [dataDir, stateFile, configFile]) {
        rmSync(left, { recursive: true, force: true })
      }
    },
    kill: () => child.kill(),
    async restart() {
      await child.stop()
      await begin()
    },
  }
}

/**
 * `noeviction` because BullMQ keeps jobs here; append-only because a write that was answered must survive the death of the process
 * (each command reaches the kernel before its answer leaves; only a power cut can take the last second).
 */
function configuration({ port, dataDir, password }: { port: number; dataDir: string; password: string }): string {
  const lines = {
    bind: '127.0.0.1',
    port,
    dir: JSON.stringify(dataDir),
    requirepass: password,
    'maxmemory-policy': 'noeviction',
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '""',
    daemonize: 'no',
  }
  return `${Object.entries(lines)
    .map(([name, value]) => `${name} ${value}`)
    .join('\n')}\n`
}

const NO_REDIS =
  '没有可用的 Redis：请设置 REDIS_URL，或安装 redis-server / valkey-server（macOS：brew install valkey），' +
  '或在有网络的 Debian/Ubuntu 上重试，或启动 Docker / no Redis: set REDIS_URL, or install redis-server or valkey-server ' +
  '(macOS: brew install valkey), or try again on Debian/Ubuntu with network, or start Docker'
