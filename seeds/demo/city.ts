import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { COUNTY_ID, linkGateways, prepareCounty } from '../county/prepare.ts'
import { lifeCycleEvents, reportEvents } from '../events/index.ts'
import { allSeedGrants } from '../grants/index.ts'
import { GATEWAY_ID, type Installation, loadCityCatalog, prepareInstallation } from '../installation/installation.ts'
import { chinaToday } from '../population/dates.ts'
import { DEMO_POPULATION, generatePopulation } from '../population/index.ts'
import type { Population } from '../population/types.ts'
import { type Providers, startProviders } from '../providers/index.ts'
import { freePort, quietPort } from '../services/free-port.ts'
import { type Mariadb, MariadbAbsent, startMariadb } from '../services/mariadb.ts'
import { type Postgres, startPostgres } from '../services/postgres.ts'
import { type RedisServer, startRedis } from '../services/redis.ts'
import { startProcess } from './process.ts'

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
  /** Fires at Ctrl-C: what is starting is stopped again. */
  signal?: AbortSignal
}

/** Everything the demonstration runs: stores, sample sources, the city's gateway and worker, the county node's gateway. */
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
  /** What gateways, worker and witness wrote. */
  logFiles: string[]
  /** The county node: a second gateway with keys, database and log of its own. */
  county: { url: string; ownerUrl: string; installation: Installation }
  /** Whether a MariaDB could be had, and with it 医保's data. */
  medicalInsurance: boolean
  /** Ends in order: gateway and worker first, the stores last. */
  stop(): Promise<void>
}

/** Starts it all, side by side where nothing waits for another. What had been started is stopped again when something does not start. */
export async function startDemoCity({
  stateDir,
  persistent,
  env = {},
  say,
  signal,
}: DemoCityOptions): Promise<DemoCity> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step().catch(() => undefined)
  }
  const starting: Promise<unknown>[] = []
  const held = <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => undefined) // whoever awaits it hears of it; until then it is no unhandled rejection
    starting.push(work)
    return work
  }
  try {
    const log = (line: string): void => say(line, '')
    const nowMs = Date.now()
    const mariadb = held(startMedicalDatabase(stateDir, persistent, log, undo))
    const [postgres, redis] = await startStores(stateDir, persistent, log, undo)
    say(
      `PostgreSQL ${postgres.version}（${postgres.origin}），Redis ${redis.version}（${redis.origin}）`,
      'stores are up',
    )

    signal?.throwIfAborted()
    const [sourcesUrl, ownerUrl, countyOwnerUrl] = (await Promise.all(
      ['guanyi_sources', 'guanyi', 'guanyi_county'].map((name) => database(postgres, name)),
    )) as [string, string, string]
    const [dataPort, managementPort, countyPort] = await Promise.all([
      usualPort(persistent ? 8080 : null),
      usualPort(persistent ? 8081 : null),
      quietPort(),
    ])
    const link = await linkGateways(stateDir, {
      city: `http://127.0.0.1:${dataPort}`,
      county: `http://127.0.0.1:${countyPort}`,
    })

    const population = generatePopulation({ ...DEMO_POPULATION, today: chinaToday(nowMs) })
    const sources = held(startSources())
    const catalog = held(loadCityCatalog())
    const endpointsOf = held(sources.then(({ endpoints }) => endpoints))
    const [installation, county] = await Promise.all([
      held(
        prepareInstallation({
          stateDir,
          ownerUrl,
          redisUrl: redis.url,
          catalog,
          endpoints: endpointsOf,
          dataPort,
          managementPort,
          nowMs,
        }),
      ),
      held(
        prepareCounty({
          cityDir: stateDir,
          ownerUrl: countyOwnerUrl,
          toCity: link.toCity,
          projects: held(endpointsOf.then((endpoints) => endpoints['rc-spj-http']!)),
          grants: held(catalog.then((loaded) => allSeedGrants(loaded, nowMs))),
          dataPort: countyPort,
          nowMs,
        }),
      ),
    ])
    const providers = await sources
    say(
      `合成人口 ${population.people.size} 人、组织 ${population.organisations.size} 家；示例数源 ${Object.keys(providers.endpoints).length} 个已启动`,
      'synthetic population and sample sources are up',
    )

    signal?.throwIfAborted()
    const logs = join(stateDir, 'logs')
    mkdirSync(logs, { recursive: true, mode: 0o700 })
    const logFile = (name: string): string => join(logs, `${name}.log`)
    const logFiles = ['gateway', 'worker', 'witness', 'county'].map(logFile)
    held(
      startProcess({ program: CLI, args: ['serve'], env: county.env, logFile: logFile('county'), undo }).then(() =>
        say(`县级节点网关 ${COUNTY_ID} 已就绪 http://127.0.0.1:${countyPort}`, 'the county node is up'),
      ),
    )
    const bureau = ['--state-dir', join(stateDir, 'audit-bureau'), '--name', 'rongcheng-audit-bureau']
    const witness = (await startProcess({
      program: 'gateway/witness/main.ts',
      args: [...bureau, '--log-vkey', installation.logVkey],
      logFile: logFile('witness'),
      undo,
    })) as DemoCity['witness']
    const { dataUrl, managementUrl } = (await startProcess({
      program: CLI,
      args: ['serve'],
      env: { ...installation.env, GUANYI_WITNESS_URL: witness.url, GUANYI_WITNESS_VKEY: witness.vkey, ...env },
      logFile: logFile('gateway'),
      undo,
    })) as { dataUrl: string; managementUrl: string }
    await startProcess({
      program: CLI,
      args: ['work'],
      env: { ...installation.env, DATABASE_OWNER_URL: ownerUrl },
      logFile: logFile('worker'),
      waits: false,
      undo,
    })
    signal?.throwIfAborted()
    await reportEvents(lifeCycleEvents(population, { most: REPORTED_EVENTS }), {
      url: dataUrl,
      gatewayId: GATEWAY_ID,
      keyOf: (system) => installation.systemKeys.get(system)!.jwk,
    })
    await Promise.all(starting)
    return {
      stateDir,
      dataUrl,
      managementUrl,
      ownerUrl,
      installation,
      population,
      providers,
      witness,
      logFiles,
      county: { url: link.toCounty.url, ownerUrl: countyOwnerUrl, installation: county },
      medicalInsurance: (await mariadb) !== null,
      stop,
    }

    async function startSources(): Promise<Providers> {
      const server = await mariadb
      const started = await startProviders({
        population,
        databaseUrl: sourcesUrl,
        mariadb: server === null ? undefined : { adminUrl: server.url, database: 'guanyi_ybj' },
        dropFolder: join(stateDir, 'drops'),
        peer: link.toCounty,
      })
      undo.push(() => started.close())
      return started
    }
  } catch (thrown) {
    await Promise.allSettled(starting) // what is still starting is stopped too
    await stop()
    throw thrown
  }
}

/** 医保's MariaDB. Without one the demonstration goes on and says what is missing; the dataset is then unavailable. */
async function startMedicalDatabase(
  stateDir: string,
  persistent: boolean,
  log: (line: string) => void,
  undo: (() => Promise<unknown>)[],
): Promise<Mariadb | null> {
  try {
    const server = await startMariadb({ stateDir: join(stateDir, 'mariadb'), persistent, log })
    undo.push(() => server.stop())
    return server
  } catch (thrown) {
    if (!(thrown instanceof MariadbAbsent)) throw thrown
    log(`医疗保险数据本次不可用：${thrown.message}`)
    return null
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

/** The usual port, or another when somebody has it. */
async function usualPort(wanted: number | null): Promise<number> {
  if (wanted !== null && (await freePort(wanted)) === wanted) return wanted
  return quietPort()
}
