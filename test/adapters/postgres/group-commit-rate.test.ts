import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

describe('group commit on a real database', () => {
  let database: MigratedDatabase
  beforeAll(async () => {
    database = await migratedDatabase()
  })
  afterAll(() => database.drop())

  it('appends more per second the more wait at once', async () => {
    const log = createPostgresExchangeLog({ url: database.url })
    await log.append(draft())
    const rates: number[] = []
    for (const callers of [1, 8, 64]) {
      const waits: number[] = []
      const end = performance.now() + 400
      await Promise.all(
        Array.from({ length: callers }, async () => {
          for (let start = performance.now(); start < end; start = performance.now()) {
            await log.append(draft())
            waits.push(performance.now() - start)
          }
        }),
      )
      waits.sort((a, b) => a - b)
      const at = (share: number) => waits[Math.floor(waits.length * share)]?.toFixed(2)
      rates.push(waits.length / 0.4)
      console.log(
        `group commit, ${callers} at once: ${rates.at(-1)?.toFixed(0)}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
      )
    }
    expect(rates[2]).toBeGreaterThan(rates[0]!)
    await log.close()
  })
})
