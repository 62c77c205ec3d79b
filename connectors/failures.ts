import { ExchangeError } from '../gateway/errors/exchange-error.ts'

/**
 * The three ways a source fails. `detail` is a fixed phrase, an error code or a status number: drivers quote values in
 * their messages (`invalid input syntax for type bigint: "3710…"`), so their errors are never kept, not even as `cause`.
 */
export const unreachable = (detail: string) => new ExchangeError('provider.unreachable', detail)
export const timedOut = (detail: string) => new ExchangeError('provider.timeout', detail)
export const contractBroken = (detail: string) => new ExchangeError('provider.contract', detail)

/** The `code` of a system or driver error (`ECONNREFUSED`, `UND_ERR_SOCKET`, `22P02`), which never holds data. */
export function errorCode(thrown: unknown): string {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'unknown'
}

/** Settles like `work`, or fails with `provider.timeout` as soon as the signal fires, also when `work` ignores it. */
export async function orTimedOut<T>(work: Promise<T>, signal: AbortSignal, detail: string): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined)
    throw timedOut(detail)
  }
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(timedOut(detail))
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => undefined)
  }
}
