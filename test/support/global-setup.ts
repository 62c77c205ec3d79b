import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { endLeftover } from '../../seeds/services/child.ts'
import { type Postgres, startPostgres } from '../../seeds/services/postgres.ts'
import { identify, isRunning } from '../../seeds/services/process-identity.ts'
import { type RedisServer, startRedis } from '../../seeds/services/redis.ts'
import { readState } from '../../seeds/services/state-file.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a test file asks for the run's servers; the path holds a secret. */
    servicesUrl: string
    /** This run's own directory, removed at its end. */
    runDir: string
  }
}

const RUNS = resolve(import.meta.dirname, '../../.guanyi/test')

/**
 * Gives the whole run one PostgreSQL and one Redis, each started when the first test file asks for it.
 *
 * Test files run in processes of their own and cannot share an object with this one, hence the small door over loopback.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweep()
  const self = identify(process.pid)
  const runDir = join(RUNS, `run-${process.pid}-${encodeURIComponent(self?.startedAs ?? '')}`)
  mkdirSync(runDir, { recursive: true, mode: 0o700 })

  const lines: string[] = []
  const log = (line: string): void => void lines.push(line)
  let postgres: Promise<Postgres> | undefined
  let redis: Promise<RedisServer> | undefined
  const servers: Record<string, () => Promise<{ url: string }>> = {
    // Never DATABASE_URL or REDIS_URL: tests write and delete, and those may name a system in use.
    postgres: () => {
      postgres ??= startPostgres({
        stateDir: join(runDir, 'postgres'),
        persistent: false,
        log,
        givenUrl: process.env.TEST_DATABASE_URL ?? null,
      })
      return postgres
    },
    redis: () => {
      redis ??= startRedis({
        stateDir: join(runDir, 'redis'),
        persistent: false,
        log,
        givenUrl: process.env.TEST_REDIS_URL ?? null,
      })
      return redis
    },
  }

  const secret = randomBytes(16).toString('hex')
  const door = createServer((request, response) => {
    const [, given, name = ''] = (request.url ?? '').split('/')
    const start = given === secret ? servers[name] : undefined
    if (!start) return void response.writeHead(404).end()
    start().then(
      ({ url }) => response.end(url),
      (thrown: Error) => response.writeHead(500).end([...lines, thrown.message].join('\n')),
    )
  })
  await new Promise<void>((done) => door.listen(0, '127.0.0.1', done))
  door.unref()
  project.provide('servicesUrl', `http://127.0.0.1:${(door.address() as AddressInfo).port}/${secret}`)
  project.provide('runDir', runDir)

  return async () => {
    door.close()
    await Promise.allSettled([postgres?.then((server) => server.stop()), redis?.then((server) => server.stop())])
    await clear(runDir)
  }
}

/** Clears up after runs that were killed. */
async function sweep(): Promise<void> {
  mkdirSync(RUNS, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(RUNS)) {
    const [, pid, startedAs] = /^run-(\d+)-(.*)$/.exec(name) ?? []
    if (!pid || isRunning({ pid: Number(pid), startedAs: decodeURIComponent(startedAs ?? '') })) continue
    await clear(join(RUNS, name))
  }
}

/** Removes a run's directory with what its state files still name: servers alive, and data that had to lie outside the checkout. */
async function clear(runDir: string): Promise<void> {
  for (const file of readdirSync(runDir, { recursive: true, encoding: 'utf8' })) {
    if (!/(^|\/)(postgres|redis|mariadb)\.json$/.test(file)) continue
    const state = readState(join(runDir, file))
    if (state?.server) await endLeftover(state.server, file.endsWith('postgres.json') ? 'SIGINT' : 'SIGTERM')
    if (state) rmSync(state.dataDir, { recursive: true, force: true })
  }
  rmSync(runDir, { recursive: true, force: true })
}
