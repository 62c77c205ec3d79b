/** What has been opened, to be closed in the opposite order: what came last rests on what came first. */
export interface Shutdown {
  /** Notes something open. */
  opened(close: () => Promise<unknown>): void
  /** Closes everything, once; a fault in one does not keep the others open. */
  run(): Promise<void>
}

export function createShutdown(): Shutdown {
  const closers: (() => Promise<unknown>)[] = []
  return {
    opened: (close) => void closers.push(close),
    async run() {
      for (const close of closers.splice(0).reverse()) await close().catch(() => undefined)
    },
  }
}
