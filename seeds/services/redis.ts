import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Child, endLeftover, launch } from './child.ts'
import { freePort } from './free-port.ts'
import { DEFAULT_CACHE_DIR } from './postgres.ts'
import { tailOf } from './postgres-client.ts'
import { waitUntilAnswers } from './redis-client.ts'
import { composedRedis } from './redis-compose.ts'
import { givenRedis } from './redis-given.ts'
import { REDIS_SOURCES, type RedisProgram, type RedisSource } from './redis-programs.ts'
import { currentUser, ourselves, privateDir, readState, writeState } from './state-file.ts'

export interface RedisOptions {
  /** Where the server is remembered and keeps its data; made 0700. */
  readonly stateDir: string
  /** Keep the data for the next start; otherwise `stop` removes it. Within one start the data survives `restart` either way. */
  readonly persistent: boolean
  readonly log: (line: string) => void
  /** A server that already exists; default `REDIS_URL`, `null` to look past it. */
  readonly givenUrl?: string | null | undefined
  /** What was obtained once and serves every run; default `.guanyi/cache` of the checkout. */
  readonly cacheDir?: string
  /** The ladder of where the program comes from; a test can shorten it. */
  readonly sources?: readonly RedisSource[]
}

export interface RedisServer {
  /** Holds the password; the port stays the same over restarts. */
  readonly url: string
  readonly version: string
  /** `given` servers cannot be killed or restarted by us. */
  readonly origin: 'given' | 'system' | 'packages' | 'container'
  /** The server's process number; 0 for a given server and for a container. */
  readonly pid: number
  /** Ends the server in good order; data of a server that is not persistent goes with it. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): void
  /** Ends the server if it runs and starts it again on the same port with its data. */
  restart(): Promise<void>
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
  let program: RedisProgram | undefined
  for (const source of options.sources ?? REDIS_SOURCES) program ??= await source(search)
  if (!program) {
    const container = await composedRedis(options)
    if (container) return container
    throw new Error(NO_REDIS)
  }
  const found = program

  const stateDir = privateDir(resolve(options.stateDir)) // the server runs in a directory of its own: no relative paths
  const stateFile = join(stateDir, 'redis.json')
  const logFile = join(stateDir, 'redis.log')
  const remembered = readState(stateFile)
  const user = currentUser(remembered)
  if (user) throw new Error(`Redis 正由进程 ${user.pid} 使用 / Redis is in use by process ${user.pid}`)
  if (remembered?.server) await endLeftover(remembered.server, 'SIGTERM')

  const configFile = join(stateDir, 'redis.conf')
  const dataDir = join(stateDir, 'redis')
  const password = remembered?.password ?? randomBytes(24).toString('base64url')
  let port = remembered?.port ?? 0
  let child: Child
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

  for (let attempt = 1; ; attempt++) {
    port = await freePort(port)
    try {
      await begin()
      break
    } catch (cause) {
      await child!.stop()
      port = 0
      if (attempt === 3) throw new Error(`Redis 启动失败 / Redis did not start: ${tailOf(logFile)}`, { cause })
    }
  }
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
