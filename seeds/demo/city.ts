import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { lifeCycleEvents, reportEvents } from '../events/index.ts'
import { GATEWAY_ID, type Installation, prepareInstallation } from '../installation/installation.ts'
import { chinaToday } from '../population/dates.ts'
import { DEMO_POPULATION, generatePopulation } from '../population/index.ts'
import type { Population } from '../population/types.ts'
import { type Providers, startProviders } from '../providers/index.ts'
import { type Postgres, startPostgres } from '../services/postgres.ts'
import { type RedisServer, startRedis } from '../services/redis.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** Beside the stories of the cast, which are always told: enough to look at, few enough for a quick start. */
const REPORTED_EVENTS = 60
const CLI = 'gateway/cli/main.ts'

export interface DemoCityOptions {
  stateDir: string
  /** Keep database and keys for the next start, and take the usual ports when they are free. */
  persistent: boolean
  /** Added to the gateway's environment. */
  env?: Record<string, string>
  say: (zh: string, en: string) => void
}

/** Everything the demonstration runs: stores, sample sources, one gateway process, one worker process. */
export interface DemoCity {
  stateDir: string
  dataUrl: string
  managementUrl: string
  ownerUrl: string
  installation: Installation
  population: Population
  providers: Providers
  /** Its checkpoints are cosigned by the audit bureau's witness. */
  witness: { url: string; vkey: string }
  /** What gateway, worker and witness wrote. */
  logFiles: string[]
  /** Ends in order: gateway and worker first, the stores last. */
  stop(): Promise<void>
}

/** Starts it all. What had been started is stopped again when something does not start. */
export async function startDemoCity({ stateDir, persistent, env = {}, say }: DemoCityOptions): Promise<DemoCity> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step().catch(() => undefined)
  }
  try {
    const log = (line: string): void => say(line, '')
    const [postgres, redis] = await startStores(stateDir, persistent, log, undo)
    say(
      `PostgreSQL ${postgres.version}（${postgres.origin}），Redis ${redis.version}（${redis.origin}）`,
      'stores are up',
    )

    const population = generatePopulation({ ...DEMO_POPULATION, today: chinaToday(Date.now()) })
    const providers = await startProviders({ population, databaseUrl: await database(postgres, 'guanyi_sources') })
    undo.push(() => providers.close())
    say(
      `合成人口 ${population.people.size} 人、组织 ${population.organisations.size} 家；示例数源 ${Object.keys(providers.endpoints).length} 个已启动`,
      'synthetic population and sample sources are up',
    )

    const [dataPort, managementPort] = persistent ? await Promise.all([freeOr(8080), freeOr(8081)]) : [0, 0]
    const ownerUrl = await database(postgres, 'guanyi')
    const installation = await prepareInstallation({
      stateDir,
      ownerUrl,
      redisUrl: redis.url,
      endpoints: providers.endpoints,
      dataPort,
      managementPort,
      nowMs: Date.now(),
    })
    const logs = join(stateDir, 'logs')
    mkdirSync(logs, { recursive: true, mode: 0o700 })
    const logFiles = ['gateway', 'worker', 'witness'].map((name) => join(logs, `${name}.log`))
    const bureau = await startProcess(
      'gateway/witness/main.ts',
      [
        '--state-dir',
        join(stateDir, 'audit-bureau'),
        '--log-vkey',
        installation.logVkey,
        '--name',
        'rongcheng-audit-bureau',
      ],
      {},
      logFiles[2]!,
    )
    undo.push(() => endProcess(bureau.child))
    const witness = bureau.ready as DemoCity['witness']
    const gateway = await startProcess(
      CLI,
      ['serve'],
      { ...installation.env, GUANYI_WITNESS_URL: witness.url, GUANYI_WITNESS_VKEY: witness.vkey, ...env },
      logFiles[0]!,
    )
    undo.push(() => endProcess(gateway.child))
    const worker = await startProcess(
      CLI,
      ['work'],
      { ...installation.env, DATABASE_OWNER_URL: ownerUrl },
      logFiles[1]!,
      false,
    )
    undo.push(() => endProcess(worker.child))
    const { dataUrl, managementUrl } = gateway.ready as { dataUrl: string; managementUrl: string }
    await reportEvents(lifeCycleEvents(population, { most: REPORTED_EVENTS }), {
      url: dataUrl,
      gatewayId: GATEWAY_ID,
      keyOf: (system) => installation.systemKeys.get(system)!.jwk,
    })
    return { stateDir, dataUrl, managementUrl, ownerUrl, installation, population, providers, witness, logFiles, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

async function startStores(
  stateDir: string,
  persistent: boolean,
  log: (line: string) => void,
  undo: (() => Promise<unknown>)[],
): Promise<[Postgres, RedisServer]> {
  const [postgres, redis] = await Promise.allSettled([
    startPostgres({ stateDir: join(stateDir, 'postgres'), persistent, log }),
    // Counters and cache begin afresh with every start, so that samples are true each time; the records stay.
    startRedis({ stateDir: join(stateDir, 'redis'), persistent: false, log }),
  ])
  if (postgres.status === 'fulfilled') undo.push(() => postgres.value.stop())
  if (redis.status === 'fulfilled') undo.push(() => redis.value.stop())
  if (postgres.status === 'rejected') throw postgres.reason
  if (redis.status === 'rejected') throw redis.reason
  return [postgres.value, redis.value]
}

/** The database's URL; made when it is not there yet. */
async function database(postgres: Postgres, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  const found = await client.query('select from pg_database where datname = $1', [name])
  await client.end()
  if (found.rowCount === 0) return await postgres.createDatabase(name)
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  return url.href
}

/** The usual port, or any free one when somebody has it. */
async function freeOr(port: number): Promise<number> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return port
  } catch {
    return 0
  } finally {
    server.close()
  }
}

/** One `guanyi` process, its output in a file; waits for its word that it is ready. */
async function startProcess(
  program: string,
  args: string[],
  env: Record<string, string>,
  logFile: string,
  waits = true,
): Promise<{ child: ChildProcess; ready: unknown }> {
  const file = openSync(logFile, 'w', 0o600)
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, program), ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', file, file, ...(waits ? (['ipc'] as const) : [])],
  })
  closeSync(file)
  if (!waits) return { child, ready: undefined }
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(
      new Error(`${program} ${args[0]} 未能启动（退出码 ${code}），见 ${logFile} / did not start, see the log`),
    ),
  )
  const [ready] = await Promise.race([once(child, 'message'), failed])
  failed.catch(() => undefined)
  return { child, ready }
}

/** SIGTERM, and SIGKILL for one that does not end. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(late)
}
