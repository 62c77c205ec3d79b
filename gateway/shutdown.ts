import { setTimeout as sleep } from 'node:timers/promises'

/** What has been opened, to be closed in the opposite order: what came last rests on what came first. */
export interface Shutdown {
  /** Notes something open. One that does not close within the time is left behind: a store that is away must not hold a process. */
  opened(close: () => Promise<unknown>, withinMs?: number): void
  /** Closes everything, once; a fault in one does not keep the others open. */
  run(): Promise<void>
}

const WITHIN_MS = 5_000

export function createShutdown(): Shutdown {
  const closers: (() => Promise<unknown>)[] = []
  return {
    opened: (close, withinMs = WITHIN_MS) =>
      void closers.push(() =>
        Promise.race([close().catch(() => undefined), sleep(withinMs, undefined, { ref: false })]),
      ),
    async run() {
      for (const close of closers.splice(0).reverse()) await close()
    },
  }
}
