import { setImmediate as breathe } from 'node:timers/promises'

/** Single exchanges go before lines of batches in the same process. */
export interface Courtesy {
  /** Runs a single exchange; lines of batches wait meanwhile. */
  single<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when no single exchange is under way, or after `LONGEST_MS`: a busy day must not stop batches for good. */
  giveWay(): Promise<void>
}

const LONGEST_MS = 200

export function createCourtesy(): Courtesy {
  let underWay = 0
  const waiting = new Set<() => void>()

  function leave(): void {
    underWay -= 1
    if (underWay > 0) return
    for (const go of [...waiting]) go()
  }

  return {
    async single(work) {
      underWay += 1
      try {
        return await work()
      } finally {
        leave()
      }
    },
    async giveWay() {
      await breathe() // a call that has just arrived is read first
      if (underWay === 0) return
      await new Promise<void>((resolve) => {
        const go = (): void => {
          clearTimeout(timer)
          waiting.delete(go)
          resolve()
        }
        const timer = setTimeout(go, LONGEST_MS)
        waiting.add(go)
      })
    },
  }
}
