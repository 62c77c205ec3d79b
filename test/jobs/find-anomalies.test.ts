import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startWorker } from '../../gateway/jobs/start-worker.ts'
import { type AuditCity, auditCity, neighbour } from '../audit/audit-city.ts'
import { until } from '../conformance/grant-store.ts'
import { type FreshRedis, freshRedis } from '../support/services.ts'

describe('findings by schedule', () => {
  let city: AuditCity
  let redis: FreshRedis
  beforeAll(async () => {
    city = await auditCity()
    redis = await freshRedis()
  })
  afterAll(async () => {
    await redis.close()
    await city.stop()
  })

  it('two workers store a finding once, by the installation’s own thresholds', async () => {
    const thresholdsFile = join(mkdtempSync(join(inject('runDir'), 'thresholds-')), 'thresholds.json')
    await writeFile(thresholdsFile, '{"sequential-identifiers":{"subjects":3}}')
    await city.tell(...[1, 2, 3].map((n) => ({ subject: neighbour(n), operator: `o${n}` })))
    const lines: string[] = []
    const start = () =>
      startWorker({
        redisUrl: redis.url,
        ownerUrl: city.database.ownerUrl,
        queueName: `test-${randomUUID()}`,
        thresholdsFile,
        now: () => city.clock.ms,
        log: (line) => lines.push(line),
      })
    const workers = [await start(), await start()]
    await until(async () => lines.filter((line) => line.startsWith('find-anomalies: ')).length >= 2, 10_000)
    await Promise.all(workers.map((worker) => worker.close()))
    expect(lines.filter((line) => line.includes('found 1'))).toHaveLength(1)
    expect((await city.json('/admin/v1/findings')).body.findings).toMatchObject([
      { kind: 'sequential-identifiers', recordCount: 3 },
    ])
  })

  it('does not start with thresholds it cannot read', async () => {
    const options = {
      redisUrl: redis.url,
      ownerUrl: city.database.ownerUrl,
      thresholdsFile: '/nowhere/thresholds.json',
    }
    await expect(startWorker(options)).rejects.toThrow(/阈值文件/)
  })
})
