import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createCourtesy } from '../../gateway/batches/courtesy.ts'

/** Others, who come and go as told. */
function presence(waits: boolean) {
  const state = { waits, noted: 0 }
  return {
    state,
    note() {
      state.noted += 1
    },
    somebodyWaits: () => state.waits,
    close: () => undefined,
  }
}

/** Lines that take so long each; how many ran, and how many at once at most. */
function lines(milliseconds: number) {
  const seen = { begun: 0, now: 0, most: 0 }
  const run = async (): Promise<void> => {
    seen.begun += 1
    seen.now += 1
    seen.most = Math.max(seen.most, seen.now)
    await sleep(milliseconds)
    seen.now -= 1
  }
  return { seen, run }
}

describe('lines of batches', () => {
  it('run side by side while nobody waits', async () => {
    const { line } = createCourtesy(presence(false))
    const { seen, run } = lines(20)
    await Promise.all([line(run), line(run), line(run), line(run)])
    expect(seen.most).toBe(4)
  })

  it('run one at a time, with rests, while somebody waits anywhere; and side by side again afterwards', async () => {
    const others = presence(true)
    const { line } = createCourtesy(others)
    const { seen, run } = lines(10)
    const startedAt = performance.now()
    await Promise.all([line(run), line(run), line(run), line(run)])
    expect(seen.most).toBe(1)
    // Three rests of three times a line each.
    expect(performance.now() - startedAt).toBeGreaterThan(4 * 9 + 3 * 3 * 9)
    others.state.waits = false
    await sleep(60)
    await Promise.all([line(run), line(run), line(run)])
    expect(seen.most).toBe(3)
  })

  it('do not stop for good however long single exchanges go on', async () => {
    const others = presence(true)
    const courtesy = createCourtesy(others)
    let over = false
    const single = courtesy.single(async () => {
      while (!over) await sleep(10)
    })
    expect(others.state.noted).toBe(1)
    const { seen, run } = lines(1)
    const startedAt = performance.now()
    for (let at = 0; at < 5; at++) await courtesy.line(run)
    const seconds = (performance.now() - startedAt) / 1000
    expect(seen.begun).toBe(5)
    expect(5 / seconds).toBeGreaterThan(4)
    over = true
    await single
  })

  it('that fail do not hold up those behind them', async () => {
    const { line } = createCourtesy(presence(true))
    const failing = line(async () => {
      throw new Error('no record')
    })
    const next = line(async () => 'ran')
    await expect(failing).rejects.toThrow('no record')
    expect(await next).toBe('ran')
  })
})
