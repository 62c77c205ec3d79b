import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grants/store.ts'
import { type Installation, prepareInstallation } from '../../../seeds/installation/installation.ts'
import { chinaToday } from '../../../seeds/population/dates.ts'
import { generatePopulation } from '../../../seeds/population/index.ts'
import { startProviders } from '../../../seeds/providers/index.ts'
import { type Postgres, startPostgres } from '../../../seeds/services/postgres.ts'
import { type RedisServer, startRedis } from '../../../seeds/services/redis.ts'
import { buildGateway } from '../kill/build.ts'
import { startChild } from '../kill/processes.ts'
import { createAskCounter } from './asks.ts'

/** Stores, sources that count, a gateway that takes batches in and workers that run them, each a process of its own. */
export interface Plant {
  installation: Installation
  postgres: Postgres
  redis: RedisServer
  ownerUrl: string
  gateway: { dataUrl: string; pid: number }
  asks: ReturnType<typeof createAskCounter>
  startWorker(): Promise<ChildProcess>
  /** What every process wrote. */
  logsDir: string
  /** Ends everything; the logs are left when `keepLogs`. */
  stop(keepLogs: boolean): Promise<void>
}

export interface PlantOptions {
  /** `on`: the gateway runs lines itself. */
  batches?: 'intake' | 'on'
}

export async function startPlant({ batches = 'intake' }: PlantOptions = {}): Promise<Plant> {
  const stateDir = mkdtempSync(join(tmpdir(), 'guanyi-batch-'))
  const logsDir = join(stateDir, 'logs')
  mkdirSync(logsDir, { mode: 0o700 })
  const undo: (() => unknown)[] = []
  const stop = async (keepLogs: boolean): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
    if (!keepLogs) rmSync(stateDir, { recursive: true, force: true })
  }
  const started = async <T>(starting: Promise<T>, end: (what: T) => unknown): Promise<T> => {
    const what = await starting
    undo.push(() => end(what))
    return what
  }
  const store = (name: string) => ({
    stateDir: join(stateDir, name),
    persistent: false,
    log: () => undefined,
    givenUrl: null,
  })
  try {
    const build = await started(buildGateway(), ({ dir }) => rmSync(dir, { recursive: true, force: true }))
    const postgres = await started(startPostgres(store('postgres')), (server) => server.stop())
    const sources = await started(startPostgres(store('sources')), (server) => server.stop())
    const redis = await started(startRedis(store('redis')), (server) => server.stop())
    const nowMs = Date.now()
    const population = generatePopulation({ seed: 'bulk', today: chinaToday(nowMs), people: 120, organisations: 20 })
    const asks = createAskCounter()
    const databaseUrl = await sources.createDatabase('sources')
    const providers = await started(startProviders({ population, databaseUrl, onCall: asks.note }), (each) =>
      each.close(),
    )
    const ownerUrl = await postgres.createDatabase('guanyi')
    const installation = await prepareInstallation({
      stateDir,
      ownerUrl,
      redisUrl: redis.url,
      endpoints: providers.endpoints,
      nowMs,
    })
    await liftCeilings(ownerUrl)
    const env = { ...installation.env, ...build.env, GUANYI_LOG_LEVEL: 'warn', GUANYI_BATCHES: batches }
    const child = async (name: string, ...args: string[]) => {
      const { child, ready } = await started(startChild(build.cli, args, env, join(logsDir, `${name}.log`)), (each) =>
        each.end(),
      )
      return { child, ready }
    }
    const { child: gateway, ready } = await child('gateway', 'serve')
    let workers = 0
    return {
      installation,
      postgres,
      redis,
      ownerUrl,
      gateway: { dataUrl: (ready as { dataUrl: string }).dataUrl, pid: gateway.pid! },
      asks,
      startWorker: async () => (await child(`worker-${++workers}`, 'work', 'batches')).child,
      logsDir,
      stop,
    }
  } catch (thrown) {
    await stop(true)
    throw thrown
  }
}

/** Ceilings are counted as everywhere and out of reach: what is refused here is refused for other reasons. */
async function liftCeilings(ownerUrl: string): Promise<void> {
  const grants = createPostgresGrantStore({ url: ownerUrl, listen: false })
  try {
    for (const id of ['grant-p2.1-jyj-enrolment', 'grant-p5.2-zrzyj-resale']) {
      const grant = await grants.get(id)
      if (grant === undefined) throw new Error(`the seed grant ${id} is not there`)
      const ceilings = grant.ceilings.map((ceiling) => ({ ...ceiling, limit: 1_000_000_000 }))
      await grants.put({ ...grant, ceilings }, 'bulk')
    }
  } finally {
    await grants.close()
  }
}
