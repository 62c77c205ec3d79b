import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createPostgresGrantStore } from '../../gateway/adapters/postgres/grants/store.ts'
import { createClient } from '../../gateway/client/index.ts'
import { GATEWAY_ID, type Installation, prepareInstallation } from '../../seeds/installation/installation.ts'
import { FATHER, OPERATORS } from '../../seeds/population/cast.ts'
import { chinaToday } from '../../seeds/population/dates.ts'
import { generatePopulation } from '../../seeds/population/index.ts'
import { type Providers, startProviders } from '../../seeds/providers/index.ts'
import { type Postgres, startPostgres } from '../../seeds/services/postgres.ts'
import { startRedis } from '../../seeds/services/redis.ts'
import { post } from './load.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A gateway in a process of its own over real stores, with one grant wide enough for a load test. */
export interface BenchCity {
  port: number
  gatewayPid: number
  managementUrl: string
  ownerUrl: string
  postgres: Postgres
  installation: Installation
  providers: Providers
  /** Ready-made signed queries, each with an id of its own. */
  sign(count: number): Promise<Buffer[]>
  stop(): Promise<void>
}

export const BENCH_REQUEST = {
  scenario: 'P2.1',
  item: 'rongcheng-p-008',
  case: 'BENCH-2026-0001',
  purpose: '义务教育入学资格核验',
  operator: OPERATORS.education,
  subject: { type: 'person', idType: 'resident-id', id: FATHER.id, name: FATHER.name },
  fields: ['household-registration.address', 'household-registration.householder'],
} as const

/** `slowMs`: how long a source waits that is told to be slow. */
export async function startBenchCity(slowMs?: number): Promise<BenchCity> {
  const stateDir = mkdtempSync(join(tmpdir(), 'guanyi-bench-'))
  const quiet = { persistent: false, log: () => undefined, givenUrl: null }
  const postgres = await startPostgres({ stateDir: join(stateDir, 'postgres'), ...quiet })
  const redis = await startRedis({ stateDir: join(stateDir, 'redis'), ...quiet })
  const ownerUrl = await postgres.createDatabase('guanyi')
  const population = generatePopulation({
    seed: 'bench',
    today: chinaToday(Date.now()),
    people: 200,
    organisations: 20,
  })
  const providers = await startProviders({
    population,
    databaseUrl: await postgres.createDatabase('sources'),
    ...(slowMs !== undefined && { slowMs }),
  })
  const installation = await prepareInstallation({
    stateDir,
    ownerUrl,
    redisUrl: redis.url,
    endpoints: providers.endpoints,
    nowMs: Date.now(),
  })
  await liftCeilings(ownerUrl)
  const { child, dataUrl, managementUrl } = await startGatewayProcess(installation.env)
  const key = installation.systemKeys.get('rc-enrolment')!
  const client = createClient({ url: dataUrl, gatewayId: GATEWAY_ID, system: key.system, key: key.jwk })
  await client.query(structuredClone(BENCH_REQUEST) as never)
  return {
    port: Number(new URL(dataUrl).port),
    gatewayPid: child.pid!,
    managementUrl,
    ownerUrl,
    postgres,
    installation,
    providers,
    sign: (count) =>
      Promise.all(
        Array.from({ length: count }, async () =>
          post('/v1/query', 'application/jose', (await client.signRequest('query', BENCH_REQUEST as never)).body),
        ),
      ),
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await providers.close()
      await redis.stop()
      await postgres.stop()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

/** The same kinds of ceiling as everywhere, counted as everywhere, out of reach. */
async function liftCeilings(ownerUrl: string): Promise<void> {
  const grants = createPostgresGrantStore({ url: ownerUrl, listen: false })
  const grant = (await grants.get('grant-p2.1-jyj-enrolment'))!
  await grants.put(
    { ...grant, ceilings: grant.ceilings.map((ceiling) => ({ ...ceiling, limit: 1_000_000_000 })) },
    'bench',
  )
  await grants.close()
}

export async function startGatewayProcess(
  env: Record<string, string>,
): Promise<{ child: ChildProcess; dataUrl: string; managementUrl: string }> {
  const child = fork(join(ROOT, 'gateway/cli/main.ts'), ['serve'], {
    execArgv: [
      '--import',
      'tsx',
      ...(process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : []),
    ],
    env: { PATH: process.env.PATH, ...env },
    // Lines are written as in production, to nowhere.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the gateway did not start'))),
  ])
  const { dataUrl, managementUrl } = ready[0] as { dataUrl: string; managementUrl: string }
  return { child, dataUrl, managementUrl }
}
