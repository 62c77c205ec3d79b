import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createPostgresExchangeLog } from '../../../gateway/adapters/postgres/log/exchange-log.ts'
import { verifyLog } from '../../../gateway/log/verify-log.ts'
import { createLogService, type LogService, type LogServiceOptions } from '../../../gateway/log-service.ts'
import type { ExchangeLog } from '../../../gateway/ports/exchange-log.ts'
import { draft } from '../../conformance/exchange-log.ts'
import { crypto, ORIGIN, type SampleKeys, sampleKeys } from '../../log/sample-log.ts'
import { type MigratedDatabase, migratedDatabase } from './database.ts'

/** A gateway's log over one database: records can be appended, and services started that publish them. */
export interface LogUnderTest {
  database: MigratedDatabase
  records: ExchangeLog
  keys: SampleKeys
  anchorFile: string
  lines: string[]
  append(count: number): Promise<string[]>
  service(more?: Partial<LogServiceOptions>): LogService
  verify(service: LogService, older?: string): ReturnType<typeof verifyLog>
  close(): Promise<void>
}

export async function logUnderTest(given?: MigratedDatabase): Promise<LogUnderTest> {
  const database = given ?? (await migratedDatabase())
  const records = createPostgresExchangeLog({ url: database.url })
  const keys = sampleKeys()
  const anchorFile = join(mkdtempSync(join(inject('runDir'), 'guanyi-log-')), 'log-anchor.json')
  const lines: string[] = []
  const started: LogService[] = []
  return {
    database,
    records,
    keys,
    anchorFile,
    lines,
    async append(count) {
      const drafts = Array.from({ length: count }, () => draft())
      await Promise.all(drafts.map((each) => records.append(each)))
      return drafts.map(({ exchangeId }) => exchangeId)
    },
    service(more = {}) {
      const service = createLogService({
        url: database.url,
        crypto,
        logKey: keys.log.signingKey,
        sm2Key: keys.sm2.signingKey,
        origin: ORIGIN,
        anchorFile,
        now: Date.now,
        log: (line) => lines.push(line),
        intervalMs: 50,
        maxRetryMs: 200,
        ...more,
      })
      started.push(service)
      return service
    },
    verify: (service, older) =>
      verifyLog({
        reader: service.reader,
        crypto,
        logKey: service.signers.logKey,
        sm3Key: service.signers.sm3Key,
        ...(older === undefined ? {} : { older }),
      }),
    async close() {
      await Promise.all(started.map((service) => service.stop()))
      await records.close()
      await database.drop()
    },
  }
}

export async function until<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 8000,
): Promise<T> {
  const end = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const published = (service: LogService, size: number) =>
  until(async () => {
    const latest = await service.view.latestCheckpoint()
    return latest !== undefined && latest.size >= size ? latest : undefined
  })
