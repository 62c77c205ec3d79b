import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { createClient, type GuanyiClient } from '../../gateway/client/index.ts'
import { loadConfig } from '../../gateway/config.ts'
import { type Gateway, startGateway } from '../../gateway/gateway.ts'
import { createLogger } from '../../gateway/telemetry/logger.ts'
import { COUNTY_ID, linkGateways, prepareCounty } from '../../seeds/county/prepare.ts'
import { allSeedGrants } from '../../seeds/grants/index.ts'
import { GATEWAY_ID, type Installation, prepareInstallation } from '../../seeds/installation/installation.ts'
import { chinaToday } from '../../seeds/population/dates.ts'
import { generatePopulation } from '../../seeds/population/index.ts'
import type { Population } from '../../seeds/population/types.ts'
import { type Providers, startProviders } from '../../seeds/providers/index.ts'
import { quietPort } from '../../seeds/services/free-port.ts'
import type { Postgres } from '../../seeds/services/postgres.ts'
import { freshMariadb, noMariadb } from '../connectors/mariadb.ts'
import { type FreshRedis, freshDatabase, freshPostgres, freshRedis } from './services.ts'

export interface SeededOptions {
  /** A PostgreSQL of its own for the gateway, to stop and kill; otherwise a database on the run's shared one. */
  ownPostgres?: boolean
  /** `null`: an installation without Redis. */
  redis?: null
  /** With the county node beside it: a second gateway in this process, on a database of its own. */
  county?: boolean
  /** With the MariaDB that 医保 is in, where one can be had. */
  mariadb?: boolean
  env?: Record<string, string>
  now?: () => number
  /** How long a source waits that is told to be slow. */
  slowMs?: number
}

/** A whole gateway over real stores and sample sources, with everything a test wants to hold on to. */
export interface Seeded {
  gateway: Gateway
  installation: Installation
  population: Population
  providers: Providers
  postgres: Postgres | null
  redis: FreshRedis | null
  ownerUrl: string
  /** The sources' own database, as its owner: a department changes its register. */
  sourcesUrl: string
  county: { gateway: Gateway; installation: Installation; client(system: string): GuanyiClient } | null
  /** Every line the gateway logged. */
  logLines: string[]
  client(system: string): GuanyiClient
  /** Another gateway process's worth of the same installation. */
  another(now?: () => number): Promise<Gateway>
  /** As the owner of the gateway's database. */
  sql<Row extends Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

/** Starts it; takes two to four seconds. Tests share one per file where they can. */
export async function seededGateway(options: SeededOptions = {}): Promise<Seeded> {
  const now = options.now ?? Date.now
  const stateDir = mkdtempSync(join(inject('runDir'), 'gateway-'))
  const sources = await freshDatabase()
  const own = options.ownPostgres ? await freshPostgres() : null
  const shared = own === null ? await freshDatabase() : null
  const ownerUrl = own === null ? shared!.ownerUrl : await own.createDatabase('guanyi')
  const redis = options.redis === null ? null : await freshRedis()
  const population = generatePopulation({ seed: 'test', today: chinaToday(now()), people: 120, organisations: 20 })
  const mariadb = options.mariadb && !noMariadb ? await freshMariadb() : null
  const countyBase = options.county ? await freshDatabase() : null
  const [cityPort, countyPort] = await Promise.all([quietPort(), quietPort()])
  const link = await linkGateways(stateDir, {
    city: `http://127.0.0.1:${cityPort}`,
    county: `http://127.0.0.1:${countyPort}`,
  })
  const providers = await startProviders({
    population,
    databaseUrl: sources.ownerUrl,
    mariadb: mariadb === null ? undefined : { adminUrl: mariadb.url, database: 'ybj' },
    peer: countyBase === null ? undefined : link.toCounty,
    ...(options.slowMs !== undefined && { slowMs: options.slowMs }),
  })
  const installation = await prepareInstallation({
    stateDir,
    ownerUrl,
    redisUrl: redis?.url ?? null,
    endpoints: providers.endpoints,
    ...(countyBase !== null && { dataPort: cityPort }),
    nowMs: now(),
  })
  const config = loadConfig({ ...installation.env, ...options.env })
  const logLines: string[] = []
  const logger = createLogger('info', { write: (line: string) => void logLines.push(line) })
  const started: Gateway[] = []
  const start = async (clock: () => number): Promise<Gateway> => {
    const gateway = await startGateway(config, logger, clock)
    started.push(gateway)
    return gateway
  }
  const gateway = await start(now)
  const county = countyBase === null ? null : await startCounty(countyBase.ownerUrl)

  async function startCounty(countyUrl: string): Promise<NonNullable<Seeded['county']>> {
    const prepared = await prepareCounty({
      cityDir: stateDir,
      ownerUrl: countyUrl,
      toCity: link.toCity,
      projects: Promise.resolve(providers.endpoints['rc-spj-http']!),
      grants: Promise.resolve(allSeedGrants(installation.catalog, now())),
      dataPort: countyPort,
      nowMs: now(),
    })
    const node = await startGateway(loadConfig(prepared.env), logger, now)
    started.push(node)
    return { gateway: node, installation: prepared, client: clientsOf(prepared, node, COUNTY_ID) }
  }

  function clientsOf(made: Installation, { dataUrl }: Gateway, gatewayId: string) {
    return (system: string): GuanyiClient => {
      const key = made.systemKeys.get(system)
      if (key === undefined) throw new Error(`no system \`${system}\``)
      return createClient({ url: dataUrl, gatewayId, system, key: key.jwk, now })
    }
  }

  return {
    gateway,
    installation,
    population,
    providers,
    postgres: own,
    redis,
    ownerUrl,
    sourcesUrl: sources.ownerUrl,
    logLines,
    county,
    client: clientsOf(installation, gateway, GATEWAY_ID),
    another: (clock = now) => start(clock),
    async sql(text, values = []) {
      const client = new pg.Client({ connectionString: ownerUrl })
      client.on('error', () => undefined)
      await client.connect()
      try {
        return (await client.query(text, values)).rows
      } finally {
        await client.end().catch(() => undefined)
      }
    },
    async stop() {
      await Promise.all(started.map((each) => each.stop()))
      await providers.destroy()
      await redis?.close()
      await own?.stop()
      await mariadb?.stop()
      await shared?.drop()
      await countyBase?.drop()
      await sources.drop()
    },
  }
}
