import { join, resolve } from 'node:path'
import { type Child, endLeftover } from './child.ts'
import { freePort } from './free-port.ts'
import { tailOf } from './postgres-client.ts'
import { currentUser, privateDir, readState, type ServiceState } from './state-file.ts'

/** What every server of ours is asked for with. `Source` is one rung of the ladder of where its programs come from. */
export interface ServerOptions<Source> {
  /** Where the server is remembered, and its data where the server's user can reach it; made 0700. */
  readonly stateDir: string
  /** Keep the data for the next start; otherwise `stop` removes it. Within one start the data survives `restart` either way. */
  readonly persistent: boolean
  readonly log: (line: string) => void
  /** A server that already exists; by default the environment's, `null` to look past it. */
  readonly givenUrl?: string | null | undefined
  /** What was obtained once and serves every run; default `.guanyi/cache` of the checkout. */
  readonly cacheDir?: string
  /** The ladder of where programs come from; a test can shorten it. */
  readonly sources?: readonly Source[]
}

/** Ways to a running server that all of them have; `given` ones cannot be stopped or killed by us. */
export interface RunningServer {
  readonly version: string
  /** The server's process number; 0 for one that is not ours. */
  readonly pid: number
  /** Ends the server in good order; data of a server that is not persistent goes with it. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut would have it. */
  kill(): void
  /** Ends the server if it runs and starts it again on the same port and data. */
  restart(): Promise<void>
}

const CHECKOUT = resolve(import.meta.dirname, '../..')
export const DEFAULT_CACHE_DIR = join(CHECKOUT, '.guanyi', 'cache')

/** The first rung that holds. */
export async function firstOf<Search, Programs>(
  sources: readonly ((search: Search) => Promise<Programs | undefined>)[],
  search: Search,
): Promise<Programs | undefined> {
  for (const source of sources) {
    const programs = await source(search)
    if (programs !== undefined) return programs
  }
  return undefined
}

/** Where a server keeps its things, and what an earlier start left there. */
export interface ServerPlace {
  stateDir: string
  stateFile: string
  logFile: string
  remembered: ServiceState | undefined
}

/**
 * Takes the state directory for a new start: a server whose starter is gone is ended first.
 *
 * Errors: one sentence naming the process that still uses the server.
 */
export async function takePlace(
  title: string,
  name: string,
  directory: string,
  stopSignal: 'SIGINT' | 'SIGTERM',
): Promise<ServerPlace> {
  const stateDir = privateDir(resolve(directory)) // the server runs in a directory of its own: no relative paths
  const stateFile = join(stateDir, `${name}.json`)
  const remembered = readState(stateFile)
  const user = currentUser(remembered)
  if (user) throw new Error(`${title} 正由进程 ${user.pid} 使用 / ${title} is in use by process ${user.pid}`)
  if (remembered?.server) await endLeftover(remembered.server, stopSignal)
  return { stateDir, stateFile, logFile: join(stateDir, `${name}.log`), remembered }
}

/**
 * Starts a server on the wanted port or, when that was taken since it was looked at, on another.
 *
 * Errors: `failed()`'s words with the last cause, after three attempts.
 */
export async function beginAnywhere(
  wanted: number,
  begin: (port: number) => Promise<void>,
  child: () => Child | undefined,
  failed: () => string,
): Promise<void> {
  for (let attempt = 1, port = wanted; ; attempt++) {
    port = await freePort(port)
    try {
      return await begin(port)
    } catch (cause) {
      await child()?.stop()
      if (attempt === 3) throw new Error(failed(), { cause })
    }
  }
}

export const notStarted = (title: string, logFile: string): string =>
  `${title} 启动失败 / ${title} did not start: ${tailOf(logFile)}`
