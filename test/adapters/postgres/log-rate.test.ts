import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draft } from '../../conformance/exchange-log.ts'
import { type LogUnderTest, logUnderTest, published, until } from './log-support.ts'

/** Prints rates for the reader of the test run; asserts only what must hold on any machine. */
const RECORDS = 20_000
const ENTRY_BYTES = 1500

describe('rate of the published log on a real database', () => {
  let under: LogUnderTest
  beforeAll(async () => {
    under = await logUnderTest()
  })
  afterAll(() => under.close())

  const sized = () => {
    const base = draft()
    const entry = JSON.stringify({ exchangeId: base.exchangeId, note: '测', pad: 'x'.repeat(ENTRY_BYTES - 80) })
    return { ...base, entry: Buffer.from(entry) }
  }

  it('takes in a backlog, then is at most a second behind', async () => {
    for (let done = 0; done < RECORDS; done += 500)
      await under.records.appendAll(Array.from({ length: 500 }, () => sized()))

    const service = under.service({ intervalMs: 400 })
    const startedAt = performance.now()
    service.start()
    await published(service, RECORDS)
    const seconds = (performance.now() - startedAt) / 1000
    console.log(
      `log integration: ${RECORDS} records of ${ENTRY_BYTES} bytes in ${seconds.toFixed(2)} s, ${(RECORDS / seconds).toFixed(0)}/s`,
    )

    const verifiedAt = performance.now()
    expect(await under.verify(service)).toMatchObject({ ok: true, size: RECORDS })
    const verifying = (performance.now() - verifiedAt) / 1000
    console.log(`log verification: ${(RECORDS / verifying).toFixed(0)} entries/s`)

    const waits: number[] = []
    for (let round = 0; round < 10; round += 1) {
      await under.records.append(sized())
      const size = RECORDS + round + 1
      const appendedAt = performance.now()
      await until(async () => ((await service.view.latestCheckpoint())?.size ?? 0) >= size)
      waits.push(performance.now() - appendedAt)
    }
    waits.sort((a, b) => a - b)
    console.log(`record to checkpoint: median ${waits[5]?.toFixed(0)} ms, worst of ten ${waits[9]?.toFixed(0)} ms`)
    expect(waits[5]).toBeLessThan(1000)
  }, 60_000)
})
