import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import type { Presence } from '../ports/presence.ts'

/** Single exchanges go before lines of batches: those of this process, and those of any other. */
export interface Courtesy {
  /** Runs a single exchange; lines of batches stand back meanwhile. */
  single<T>(work: () => Promise<T>): Promise<T>
  /**
   * Runs a line: at once while nobody else is being answered; else when no single exchange is under way in this process (or
   * after `LONGEST_WAIT_MS`: a busy day must not stop batches for good), one line at a time, with a rest after each that
   * leaves most of the machine, the database and the sources to the others.
   */
  line<T>(work: () => Promise<T>): Promise<T>
  /**
   * Between two stretches of other work of this process that nobody waits for with impatience, an upload's: resolves when no
   * single exchange is under way here, or soon.
   */
  giveWay(): Promise<void>
}

const LONGEST_WAIT_MS = 200
/** An upload goes on by fifty stretches a second. */
const LONGEST_PAUSE_MS = 20
/** A rest lasts so many times as long as the line before it took … */
const REST = 3
/** … and never longer: a slow source is no reason to rest for ever. */
const LONGEST_REST_MS = 250

export function createCourtesy(presence: Presence): Courtesy {
  let underWay = 0
  const waiting = new Set<() => void>()
  let lineBefore: Promise<unknown> = Promise.resolve()

  function leave(): void {
    underWay -= 1
    if (underWay > 0) return
    for (const go of [...waiting]) go()
  }

  async function untilQuietHere(withinMs: number): Promise<void> {
    if (underWay === 0) return
    await new Promise<void>((resolve) => {
      const go = (): void => {
        clearTimeout(timer)
        waiting.delete(go)
        resolve()
      }
      const timer = setTimeout(go, withinMs)
      waiting.add(go)
    })
  }

  /** Alone; whoever comes next waits for the rest too, the caller does not. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const done = lineBefore.then(async () => {
      await untilQuietHere(LONGEST_WAIT_MS)
      const startedAt = performance.now()
      const result = await work()
      return { result, tookMs: performance.now() - startedAt }
    })
    lineBefore = done.then(
      ({ tookMs }) => (presence.somebodyWaits() ? sleep(Math.min(REST * tookMs, LONGEST_REST_MS)) : undefined),
      () => undefined,
    )
    return done.then(({ result }) => result)
  }

  return {
    async single(work) {
      presence.note()
      underWay += 1
      try {
        return await work()
      } finally {
        leave()
      }
    },
    async line(work) {
      await breathe() // a call that has just arrived is read first
      return presence.somebodyWaits() ? await alone(work) : await work()
    },
    async giveWay() {
      await breathe()
      await untilQuietHere(LONGEST_PAUSE_MS)
    },
  }
}
