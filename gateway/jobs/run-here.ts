import type { Task } from '../ports/task.ts'

/**
 * Runs a task in this process at its interval, never two runs at once. For work that has to go on when Redis, and with it
 * every schedule of BullMQ, is away.
 */
export function runHere({ name, everyMs, run }: Task, note: (line: string) => void): { close(): Promise<void> } {
  let closed = false
  let failing = false
  let timer: NodeJS.Timeout
  let running: Promise<void> = Promise.resolve()

  async function once(): Promise<void> {
    try {
      await run()
      failing = false
    } catch (thrown) {
      // Said once and not every second: the store it needs is away, and others say so too.
      if (!failing) note(`${name} failed: ${(thrown as { code?: string }).code ?? 'no code'}`)
      failing = true
    }
    wait()
  }
  function wait(): void {
    if (closed) return
    timer = setTimeout(() => {
      running = once()
    }, everyMs)
    timer.unref()
  }

  wait()
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}
