import type { CliIo } from './terminal.ts'

/** Resolves when this process is told to stop: SIGTERM, or Ctrl-C as `io` has it. */
export function stopSignal({ interrupted }: CliIo): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    if (interrupted?.aborted) resolve()
    interrupted?.addEventListener('abort', () => resolve(), { once: true })
  })
}
