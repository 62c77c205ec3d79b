import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresGrantStore } from '../../../gateway/adapters/postgres/grants/store.ts'
import { assertDurable } from '../../../gateway/adapters/postgres/log/durable-session.ts'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import { migrate } from '../../../gateway/adapters/postgres/migrate.ts'
import type { Postgres } from '../../../seeds/services/postgres.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { testGrant, until } from '../../conformance/grant-store.ts'
import { freshPostgres } from '../../support/services.ts'
import { asService, type MigratedDatabase, openedDatabase, SERVICE } from './database.ts'

const ASK = { system: 'rc-enrolment', member: 'rc-jyj', scenario: 'P2.1' }

describe('PostgreSQL goes away', () => {
  let server: Postgres
  let database: MigratedDatabase
  beforeAll(async () => {
    server = await freshPostgres()
    const ownerUrl = await server.createDatabase('guanyi')
    await migrate(ownerUrl, SERVICE)
    database = openedDatabase(ownerUrl, async () => {})
  })
  afterAll(async () => {
    await database.drop()
    await server.stop()
  })

  it('killed under load: what was acknowledged is there once, indexes have no gap, work goes on without restart', async () => {
    const lines: string[] = []
    const log = createPostgresExchangeLog({ url: database.url, log: (line) => lines.push(line) })
    const acknowledged = new Map<string, bigint>()
    const unknown: ReturnType<typeof draft>[] = []
    let running = true
    const callers = Array.from({ length: 32 }, async () => {
      while (running) {
        const mine = draft()
        try {
          const result = await log.append(mine)
          if (result.status === 'recorded') acknowledged.set(mine.exchangeId, result.index)
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'record.unavailable' })
          unknown.push(mine)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    })
    await until(async () => acknowledged.size > 500, 10_000)
    server.kill()
    await until(async () => !(await log.ready()), 2000)
    await until(async () => unknown.length > 32, 4000)
    const before = acknowledged.size
    await server.restart()
    const recoveredMs = await until(async () => acknowledged.size > before + 500, 15_000)
    expect(await log.ready()).toBe(true)
    running = false
    await Promise.all(callers)

    // Asking again for what was left unknown gives each its one place.
    for (const mine of unknown) {
      const result = await log.append(mine)
      if (result.status === 'recorded') acknowledged.set(mine.exchangeId, result.index)
    }
    const rows = await database.sql<{ exchange_id: string; index: string }>(
      'select r.exchange_id, r.index from records r join record_sides s using (index, recorded_at) order by r.index',
    )
    expect(rows.map(({ index }) => Number(index))).toEqual(rows.map((_, place) => place))
    expect(new Map(rows.map((row) => [row.exchange_id, BigInt(row.index)]))).toEqual(new Map([...acknowledged]))
    const head = await database.sql<{ size: string }>('select size from log_head')
    expect(Number(head[0]?.size)).toBe(rows.length)
    expect(lines.some((line) => line.includes('connection to the log database lost'))).toBe(true)
    console.log(
      `SIGKILL under load: ${acknowledged.size} acknowledged, ${unknown.length} unknown at first, writing again ${recoveredMs.toFixed(0)} ms after restart`,
    )
    await log.close()
  }, 60_000)

  it('a database that is away refuses quickly; one that hangs refuses by the deadline', async () => {
    const nobody = createServer((socket) => void socket.on('error', () => {}).resume())
    await new Promise<void>((done) => nobody.listen(0, '127.0.0.1', done))
    const { port } = nobody.address() as { port: number }
    const hanging = createPostgresExchangeLog({ url: `postgres://x:x@127.0.0.1:${port}/x`, deadlineMs: 300 })
    const start = performance.now()
    await expect(hanging.append(draft())).rejects.toMatchObject({ code: 'record.unavailable' })
    expect(performance.now() - start).toBeLessThan(1000)
    expect(await hanging.ready()).toBe(false)
    await hanging.close()
    await new Promise((done) => nobody.close(done))

    const away = createPostgresExchangeLog({ url: `postgres://x:x@127.0.0.1:${port}/x` })
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => away.append(draft())))
    expect(performance.now() - start).toBeLessThan(2000)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'record.unavailable' } })
    await expect(away.find('x')).rejects.toMatchObject({ code: 'record.unavailable' })
    await away.close()
  })

  it('a server that stops answering does not hold anyone past the deadline, and is used again when it wakes', async () => {
    const log = createPostgresExchangeLog({ url: database.url, deadlineMs: 600, statementTimeoutMs: 300 })
    await log.append(draft())
    const backends = await database.sql<{ pid: number }>(
      `select pid from pg_stat_activity where application_name like 'guanyi-log%'`,
    )
    for (const { pid } of backends) process.kill(pid, 'SIGSTOP')
    const start = performance.now()
    const mine = draft()
    await expect(log.append(mine)).rejects.toMatchObject({ code: 'record.unavailable' })
    expect(performance.now() - start).toBeLessThan(1500)
    for (const { pid } of backends) process.kill(pid, 'SIGCONT')
    await until(
      () =>
        log.append(mine).then(
          () => true,
          () => false,
        ),
      3000,
    )
    await log.close()
  })

  it('grants answer from memory for a second, then nobody is let through, and they come back by themselves', async () => {
    const store = createPostgresGrantStore({ url: database.url })
    await store.put(testGrant(), 'test')
    expect((await store.candidates(ASK)).grants).toHaveLength(1)
    server.kill()
    const killed = performance.now()
    expect((await store.candidates(ASK)).grants).toHaveLength(1)
    const refused = await until(
      () =>
        store.candidates(ASK).then(
          () => false,
          () => true,
        ),
      3000,
    )
    expect(refused).toBeLessThan(1500)
    await expect(store.candidates(ASK)).rejects.toMatchObject({ code: 'record.unavailable' })
    await expect(store.refresh()).rejects.toMatchObject({ code: 'record.unavailable' })
    expect(performance.now() - killed).toBeLessThan(5000)
    await server.restart()
    await until(
      () =>
        store.candidates(ASK).then(
          () => true,
          () => false,
        ),
      5000,
    )
    await store.close()
  })

  it('refuses a server that answers before the record is on disk', async () => {
    await expect(assertDurable(database.url)).resolves.toBeUndefined()
    await database.sql('alter database guanyi set synchronous_commit = off')
    await expect(assertDurable(database.url)).rejects.toThrow('synchronous_commit')
    const log = createPostgresExchangeLog({ url: database.url })
    await expect(log.append(draft())).rejects.toMatchObject({ code: 'record.unavailable' })
    expect(await log.ready()).toBe(false)
    await log.close()
    await database.sql('alter database guanyi reset synchronous_commit')
  })

  it('refuses a database that has not been migrated', async () => {
    const empty = await server.createDatabase('empty')
    await expect(assertDurable(empty)).rejects.toThrow('kysely_migration')
    await expect(assertDurable(asService(empty))).rejects.toThrow()
  })
})
