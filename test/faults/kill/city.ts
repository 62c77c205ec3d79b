import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grants/store.ts'
import { type Installation, prepareInstallation } from '../../../seeds/installation/installation.ts'
import { chinaToday } from '../../../seeds/population/dates.ts'
import { generatePopulation } from '../../../seeds/population/index.ts'
import { startProviders } from '../../../seeds/providers/index.ts'
import { type Postgres, startPostgres } from '../../../seeds/services/postgres.ts'
import { startRedis } from '../../../seeds/services/redis.ts'
import { buildGateway } from './build.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { startChild } from './processes.ts'

/** Stores, sources, a witness and several gateway processes over one database, to be killed. */
export interface City {
  installation: Installation
  /** The gateways' PostgreSQL; the sources have one of their own, which nobody kills. */
  postgres: Postgres
  ownerUrl: string
  witnessVkey: string
  fleet: Fleet
  /** What every process wrote. */
  logsDir: string
  /** Ends everything; the logs are left when `keepLogs`. */
  stop(keepLogs: boolean): Promise<void>
}

export async function startCity(gateways: number): Promise<City> {
  const stateDir = mkdtempSync(join(tmpdir(), 'guanyi-faults-'))
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
  try {
    const build = await started(buildGateway(), ({ dir }) => rmSync(dir, { recursive: true, force: true }))
    const store = (name: string) => ({
      stateDir: join(stateDir, name),
      persistent: false,
      log: () => undefined,
      givenUrl: null,
    })
    const postgres = await started(startPostgres(store('postgres')), (server) => server.stop())
    const sources = await started(startPostgres(store('sources')), (server) => server.stop())
    const redis = await started(startRedis(store('redis')), (server) => server.stop())
    const nowMs = Date.now()
    const population = generatePopulation({ seed: 'faults', today: chinaToday(nowMs), people: 120, organisations: 20 })
    const databaseUrl = await sources.createDatabase('sources')
    const providers = await started(startProviders({ population, databaseUrl }), (each) => each.close())
    const ownerUrl = await postgres.createDatabase('guanyi')
    const installation = await prepareInstallation({
      stateDir,
      ownerUrl,
      redisUrl: redis.url,
      endpoints: providers.endpoints,
      nowMs,
    })
    await liftCeilings(ownerUrl)
    const bureau = ['--state-dir', join(stateDir, 'audit-bureau'), '--log-vkey', installation.logVkey]
    const witness = await started(startChild(build.witness, bureau, {}, join(logsDir, 'witness.log')), (each) =>
      each.end(),
    )
    const { url, vkey } = witness.ready as { url: string; vkey: string }
    const env = {
      ...installation.env,
      ...build.env,
      GUANYI_LOG_LEVEL: 'warn',
      GUANYI_WITNESS_URL: url,
      GUANYI_WITNESS_VKEY: vkey,
    }
    const fleet = createFleet({ build, env, ownerUrl, logsDir, size: gateways })
    undo.push(() => fleet.stop())
    await fleet.whole()
    return { installation, postgres, ownerUrl, witnessVkey: vkey, fleet, logsDir, stop }
  } catch (thrown) {
    await stop(true)
    throw thrown
  }
}

/** Ceilings are counted as everywhere and out of reach: what is refused here is refused for other reasons. */
async function liftCeilings(ownerUrl: string): Promise<void> {
  const grants = createPostgresGrantStore({ url: ownerUrl, listen: false })
  try {
    const grant = await grants.get('grant-p2.1-jyj-enrolment')
    if (grant === undefined) throw new Error('the seed grant for enrolment is not there')
    const ceilings = grant.ceilings.map((ceiling) => ({ ...ceiling, limit: 1_000_000_000 }))
    await grants.put({ ...grant, ceilings }, 'faults')
  } finally {
    await grants.close()
  }
}
