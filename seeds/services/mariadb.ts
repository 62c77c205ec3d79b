import { rmSync } from 'node:fs'
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
import { createMariadbDatabase, waitUntilMariadbAnswers, withMariadb } from './mariadb-client.ts'
import { commonArguments, dataFolder, initFile, readyMariadbData } from './mariadb-data.ts'
import { MARIADB_SOURCES, type MariadbSource } from './mariadb-programs.ts'
import { ourselves, writeState } from './state-file.ts'
import { unprivilegedOwner } from './unprivileged.ts'

export type MariadbOptions = ServerOptions<MariadbSource>

export interface Mariadb extends RunningServer {
  /** `mysql://` with a user that may do everything, and no database; the port stays the same over restarts. */
  readonly url: string
  /** `given`: by `MARIADB_URL`. */
  readonly origin: 'given' | 'system' | 'packages'
  /** Makes an empty database (utf8mb4) and gives its URL. */
  createDatabase(name: string): Promise<string>
}

/** No rung of the ladder holds; everything else that goes wrong is a fault and not an absence. */
export class MariadbAbsent extends Error {
  override readonly name = 'MariadbAbsent'
}

/**
 * Obtains a real MariaDB and starts it on loopback, as `nobody` when we are root.
 *
 * Errors: one sentence in Chinese and English when no rung of the ladder holds, or the tail of the server's own log.
 */
export async function startMariadb(options: MariadbOptions): Promise<Mariadb> {
  const givenUrl = options.givenUrl === undefined ? process.env.MARIADB_URL : options.givenUrl
  if (givenUrl) return givenMariadb(givenUrl, options.log)

  const owner = unprivilegedOwner()
  const cacheDir = options.cacheDir ?? DEFAULT_CACHE_DIR
  const programs = await firstOf(options.sources ?? MARIADB_SOURCES, { owner, cacheDir, log: options.log })
  if (programs === undefined) throw new MariadbAbsent(NO_MARIADB)
  const found = programs

  const { stateDir, stateFile, logFile, remembered } = await takePlace(
    'MariaDB',
    'mariadb',
    options.stateDir,
    'SIGTERM',
  )
  let state = await readyMariadbData({ programs: found, owner, stateDir, stateFile, remembered, log: options.log })
  const folder = dataFolder(state)
  const urlOf = () => `mysql://owner:${state.password}@127.0.0.1:${state.port}/`
  let child!: Child

  async function begin(): Promise<void> {
    const files = { socket: 'mariadb.sock', 'pid-file': 'mariadb.pid' }
    child = launch({
      file: found.server,
      args: [
        ...commonArguments(found, folder),
        ...Object.entries(files).map(([name, file]) => `--${name}=${join(folder, file)}`),
        '--bind-address=127.0.0.1',
        `--port=${state.port}`,
        '--skip-name-resolve',
        `--init-file=${initFile(state)}`,
      ],
      cwd: folder,
      env: found.env,
      owner,
      logFile,
      stopSignal: 'SIGTERM',
    })
    writeState(stateFile, { ...state, server: child.identity, startedBy: ourselves() })
    await waitUntilMariadbAnswers(urlOf(), () => child.hasEnded())
  }

  await beginAnywhere(
    state.port,
    (port) => {
      state = { ...state, port }
      return begin()
    },
    () => child,
    () => notStarted('MariaDB', logFile),
  )
  options.log(`MariaDB ${found.version} 已就绪，端口 ${state.port} / ready on port ${state.port}`)

  return {
    url: urlOf(),
    version: found.version,
    origin: found.origin,
    get pid() {
      return child.identity.pid
    },
    createDatabase: (name) => createMariadbDatabase(urlOf(), name),
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
      await begin()
    },
  }
}

/** A server someone else runs: we use it and leave it running. */
async function givenMariadb(url: string, log: (line: string) => void): Promise<Mariadb> {
  const version = await withMariadb(url, async (client) => {
    const [rows] = await client.query('SELECT VERSION() AS version')
    return (rows as { version: string }[])[0]?.version ?? 'unknown'
  }).catch((cause) => {
    throw new Error('给定的 MariaDB 连接不上 / the given MariaDB does not answer', { cause })
  })
  log(`使用给定的 MariaDB ${version} / using the given MariaDB ${version}`)
  const notOurs = (): never => {
    throw new Error('给定的 MariaDB 不由本程序启停 / the given MariaDB is not ours to stop or start')
  }
  const createDatabase = (name: string) => createMariadbDatabase(url, name)
  return {
    url,
    version,
    origin: 'given',
    pid: 0,
    createDatabase,
    stop: async () => {},
    kill: notOurs,
    restart: async () => notOurs(),
  }
}

const NO_MARIADB =
  '没有可用的 MariaDB：请设置 MARIADB_URL，或安装 mariadb-server，或在有网络的 Debian/Ubuntu 上重试 / ' +
  'no MariaDB: set MARIADB_URL, or install mariadb-server, or try again on Debian/Ubuntu with network'
